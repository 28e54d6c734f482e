import type { ConnectionCheckAccess } from '@balai/protocol';
import type { CheckParts } from '../../src/connection-check/run-check.ts';
import { ConnectionError } from '../../src/errors.ts';
import type { RoomConnectOptions } from '../../src/options.ts';

/** What is wrong with the world of the checks. */
export interface FakeNetwork {
  isServerAway: boolean;
  /** What nothing comes through over. */
  readonly blocked: Set<'udp' | 'tcp' | 'relay'>;
  /** Whether anybody receives what is sent. */
  isDeaf: boolean;
  bitrate: number;
  hasSound: boolean;
}

/** A server, a network and a browser that need none of these. */
export class FakeCheckParts implements CheckParts {
  readonly network: FakeNetwork = {
    isServerAway: false,
    blocked: new Set(),
    isDeaf: false,
    bitrate: 2_000_000,
    hasSound: true,
  };
  iceServers: ConnectionCheckAccess['iceServers'] = [];
  requests = 0;
  readonly joins: { readonly token: string; readonly options: RoomConnectOptions }[] = [];
  /** What is open now. */
  peers = 0;
  tracks = 0;
  #lose: ((error: ConnectionError) => void)[] = [];

  async requestAccess(): Promise<ConnectionCheckAccess> {
    this.requests += 1;
    if (this.network.isServerAway) throw new ConnectionError('connection_failed');
    return {
      url: 'https://balai.example',
      iceServers: this.iceServers,
      routerCapabilities: { codecs: [], headerExtensions: [] },
      publisherToken: 'publisher',
      receiverToken: 'receiver',
      endsAt: new Date(Date.now() + 300_000).toISOString(),
    };
  }

  readonly openPeer: CheckParts['openPeer'] = (onLost) => {
    this.peers += 1;
    let path: 'udp' | 'tcp' | 'relay' | undefined;
    this.#lose.push(onLost);
    const flow = (type: 'outbound-rtp' | 'inbound-rtp', kind: string) => ({
      getStats: async () => this.#report(type, kind, path),
    });
    return {
      join: async (_access, token, options) => {
        this.joins.push({ token, options });
        path = this.#choosePath(options);
      },
      publish: async (track) => flow('outbound-rtp', track.kind),
      receive: async (kind) => flow('inbound-rtp', kind),
      leave: async () => {
        this.peers -= 1;
      },
    };
  };

  readonly paint: CheckParts['paint'] = () => this.#makeTrack('video');

  playTone: CheckParts['playTone'] = async () =>
    this.network.hasSound ? this.#makeTrack('audio') : undefined;

  /** Ends every stay. */
  loseAll(): void {
    for (const lose of this.#lose.splice(0)) lose(new ConnectionError('media_connection_failed'));
  }

  #makeTrack(kind: string) {
    this.tracks += 1;
    return {
      track: { kind } as MediaStreamTrack,
      stop: () => {
        this.tracks -= 1;
      },
    };
  }

  #choosePath({ iceTransport = 'all', rtcConfig }: RoomConnectOptions) {
    const isOpen = (path: 'udp' | 'tcp' | 'relay') => !this.network.blocked.has(path);
    if (rtcConfig?.iceTransportPolicy === 'relay') return isOpen('relay') ? 'relay' : undefined;
    const direct = (['udp', 'tcp'] as const).find(
      (path) => (iceTransport === 'all' || iceTransport === path) && isOpen(path),
    );
    return direct ?? (iceTransport === 'all' && isOpen('relay') ? 'relay' : undefined);
  }

  #report(
    type: 'outbound-rtp' | 'inbound-rtp',
    kind: string,
    path: 'udp' | 'tcp' | 'relay' | undefined,
  ): RTCStatsReport {
    const timestamp = performance.now();
    const isFlowing = path !== undefined && !(type === 'inbound-rtp' && this.network.isDeaf);
    const packets = isFlowing ? Math.round(timestamp) : 0;
    const bytes = Math.round(((timestamp / 1000) * this.network.bitrate) / 8);
    const stats = [
      {
        type,
        kind,
        codecId: 'codec',
        packetsSent: packets,
        packetsReceived: packets,
        framesDecoded: packets,
        bytesSent: bytes,
        bytesReceived: bytes,
        ...(kind === 'video' && { frameWidth: 640, frameHeight: 360, framesPerSecond: 20 }),
      },
      { type: 'codec', id: 'codec', mimeType: kind === 'video' ? 'video/VP8' : 'audio/opus' },
      { type: 'transport', selectedCandidatePairId: 'pair' },
      {
        type: 'candidate-pair',
        id: 'pair',
        localCandidateId: 'local',
        remoteCandidateId: 'remote',
        currentRoundTripTime: 0.02,
      },
      {
        type: 'local-candidate',
        id: 'local',
        ...(path && { protocol: path === 'tcp' ? 'tcp' : 'udp' }),
        candidateType: path === 'relay' ? 'relay' : 'host',
        ...(path === 'relay' && { relayProtocol: 'udp' }),
      },
      { type: 'remote-candidate', id: 'remote', address: '192.0.2.1', port: 4443 },
    ];
    return new Map(
      stats.map((stat, index) => [`${index}`, { id: `${index}`, timestamp, ...stat }]),
    ) as unknown as RTCStatsReport;
  }
}
