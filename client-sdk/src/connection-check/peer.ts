import type { ConnectionCheckAccess, MediaKind } from '@balai/protocol';
import { ConnectionError } from '../errors.ts';
import type { RoomConnectOptions, TrackPublishOptions } from '../options.ts';
import { Room } from '../room.ts';

/** One track on its way, out or in. */
export interface Flow {
  /** Undefined once it is over. */
  getStats(): Promise<RTCStatsReport | undefined>;
}

/** One of the two participants of a check. */
export interface Peer {
  /** @throws BalaiError as `room.connect`. */
  join(access: ConnectionCheckAccess, token: string, options: RoomConnectOptions): Promise<void>;
  /** @throws BalaiError as `publishTrack`. */
  publish(track: MediaStreamTrack, options: TrackPublishOptions): Promise<Flow>;
  /** The first track of this kind that somebody sends. Pends until there is one. */
  receive(kind: MediaKind): Promise<Flow>;
  /** Gives a join up, too. Never rejects. */
  leave(): Promise<void>;
}

/** Makes a peer. @param onLost Called when the server ends the stay, or media is lost. */
export type OpenPeer = (onLost: (error: ConnectionError) => void) => Peer;

/** A peer that is a room of its own. */
export const openRoomPeer: OpenPeer = (onLost) => {
  // A check that fails says so; and nothing is shown that could be seen or out of sight.
  const room = new Room({
    adaptiveStream: false,
    dynacast: false,
    reconnectPolicy: { nextRetryDelayInMs: () => null },
  });
  const received = {
    audio: Promise.withResolvers<Flow>(),
    video: Promise.withResolvers<Flow>(),
  };
  room.on('trackSubscribed', (track) => {
    received[track.kind].resolve({ getStats: () => track.getRTCStatsReport() });
  });
  room.on('disconnected', (reason) => {
    if (reason === 'client_initiated') return;
    onLost(
      reason === 'media_failure'
        ? new ConnectionError('media_connection_failed')
        : new ConnectionError('connection_failed', `The connection was ended: ${reason}.`),
    );
  });
  return {
    join: (access, token, options) =>
      room.connect(access.url, token, { ...options, joinInfo: access }),
    async publish(mediaStreamTrack, options) {
      const { track } = await room.localParticipant.publishTrack(mediaStreamTrack, options);
      return { getStats: () => track.getRTCStatsReport() };
    },
    receive: (kind) => received[kind].promise,
    leave: () => room.disconnect(),
  };
};
