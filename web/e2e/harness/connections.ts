import type { Page } from 'playwright-core';

/** The way that media takes between a page and the server. */
export interface MediaPath {
  /** Of the pair of addresses that ICE chose, as the browser reports it. */
  readonly protocol: string;
  /** Of the server, in that pair. */
  readonly serverPort: number;
  /** Every protocol of the server's addresses that the page tried. */
  readonly triedProtocols: readonly string[];
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

type ConnectionWindow = typeof globalThis & { connections?: RTCPeerConnection[] };

/** To run in each page before its scripts: keeps the peer connections that they open. */
export function keepConnections(): void {
  const connections: RTCPeerConnection[] = [];
  (globalThis as ConnectionWindow).connections = connections;
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
}

/** Waits until the page has this many connections that carry media. @returns their paths. */
export async function mediaPathsOf(page: Page, count: number): Promise<readonly MediaPath[]> {
  await page.waitForFunction(
    (wanted) => {
      const all = (globalThis as ConnectionWindow).connections ?? [];
      return all.filter((one) => one.connectionState === 'connected').length === wanted;
    },
    count,
    { timeout: 30_000, polling: 50 },
  );
  return await page.evaluate(async () => {
    const all = (globalThis as ConnectionWindow).connections ?? [];
    const connected = all.filter((one) => one.connectionState === 'connected');
    return await Promise.all(
      connected.map(async (connection) => {
        const reports = [...(await connection.getStats()).values()];
        const find = (id: unknown) => reports.find((report) => report.id === id);
        const transport = reports.find(({ type }) => type === 'transport');
        const pair = find(transport?.selectedCandidatePairId);
        if (pair === undefined) throw new Error('no pair of addresses is selected');
        const remote = reports.filter(({ type }) => type === 'remote-candidate');
        return {
          protocol: String(find(pair.remoteCandidateId)?.protocol),
          serverPort: Number(find(pair.remoteCandidateId)?.port),
          triedProtocols: [...new Set(remote.map(({ protocol }) => String(protocol)))],
          bytesSent: Number(pair.bytesSent),
          bytesReceived: Number(pair.bytesReceived),
        };
      }),
    );
  });
}
