import type { LocalCluster } from './local-cluster.ts';
import type { Member } from './member.ts';

/** Tells of a cluster as it goes. */
export type Announcer = {
  ready(cluster: LocalCluster, time: string): void;
  memberReady(member: Member): void;
  memberEnded(member: Member, how: string): void;
};

/** For people. */
export function announceInWords(write: (text: string) => void): Announcer {
  return {
    ready: (cluster, time) => write(`\n${describe(cluster, time)}\n\n`),
    memberReady: ({ name, pid }) => write(`· ${name} is ready (process ${pid})\n`),
    memberEnded: ({ name, pid }, how) => write(`! ${name} (process ${pid}) is gone: ${how}\n`),
  };
}

/** For programs: one JSON object in each line. */
export function announceAsJson(write: (text: string) => void): Announcer {
  const tell = (event: string, facts: object): void => {
    write(`${JSON.stringify({ event, ...facts })}\n`);
  };
  return {
    ready(cluster) {
      const { url, dataDir, databaseUrl, redisUrl, metricsToken } = cluster;
      const members = membersOf(cluster).map(factsOf);
      tell('ready', { url, dataDir, databaseUrl, redisUrl, metricsToken, members });
    },
    memberReady: (member) => tell('memberReady', factsOf(member)),
    memberEnded: ({ name, pid }, how) => tell('memberEnded', { name, pid, how }),
  };
}

function factsOf({ name, role, pid, url, place, logPath }: Member): object {
  const { address, namespace = null } = place;
  return { name, role, pid, url, address, namespace, logPath };
}

function membersOf({ control, media }: LocalCluster): Member[] {
  return [...control, ...media];
}

function describe(cluster: LocalCluster, time: string): string {
  const { url, dataDir, control, media } = cluster;
  const first = media[0] ?? control[0];
  const device = first?.place.namespace;
  const rows = membersOf(cluster).map(({ name, pid, url: own, logPath }) => [
    name,
    `process ${pid}`,
    own,
    logPath,
  ]);
  return [
    `  A cluster runs at ${url}  (ready in ${time})`,
    '  Its connections go to one control replica after the other.',
    '',
    ...table(rows).map((row) => `  ${row}`),
    '',
    `  kill -KILL ${first?.pid}   a node that fails          kill -TERM ${first?.pid}   one that is to end: it drains`,
    `  BALAI_DATA_DIR=${dataDir} npm run admin -- nodes list`,
    `  BALAI_DATA_DIR=${dataDir} npm run admin -- nodes drain ${first?.name}`,
    ...(device === undefined
      ? []
      : [
          `  ip netns exec ${device} ip link set eth0 down   takes the cable of ${first?.name} out (up: in again)`,
        ]),
    '  start NAME and Enter, here: starts one again that has ended',
    '  Ctrl-C stops everything and keeps the data.',
  ].join('\n');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
