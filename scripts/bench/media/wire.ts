import type { RtpCapabilities } from '@balai/protocol';

/** What somebody needs to get in; both subjects understand the same handshake. */
export type Entry = {
  /** Of the signalling endpoint. */
  readonly url: string;
  readonly token: string;
  readonly routerCapabilities: RtpCapabilities;
};

/** What a client of the load process publishes. */
export type Publishing = {
  /** Packets a second and bytes in each; 0 packets for none. */
  readonly video: { readonly packetsPerSecond: number; readonly payloadBytes: number };
  readonly audio: { readonly packetsPerSecond: number; readonly payloadBytes: number };
};

/** How one client took part in a join measurement, in milliseconds from the start of its way in. */
export type JoinTimes = { readonly joinedMs: number; readonly firstRtpMs: number };

/** What the load process is asked, and what it answers. */
export type LoadCommands = {
  /** Enters, publishes, and stays. With `pace` above 0 so many milliseconds apart, else all at once. */
  attend: {
    params: {
      readonly entries: readonly Entry[];
      readonly publishing: Publishing | null;
      readonly pace: number;
    };
    result: readonly JoinTimes[];
  };
  /** As `attend`, with the SDK itself and publishing nothing: how long from its `connect`. */
  join: {
    params: { readonly entries: readonly Entry[]; readonly pace: number };
    result: readonly JoinTimes[];
  };
  /** Packets received and lost on the way by everybody since the start. */
  counts: {
    params: null;
    result: { readonly received: number; readonly lost: number; readonly bytes: number };
  };
  /** Lets everybody leave. */
  leave: { params: null; result: null };
};

export const VIDEO_960_KBIT = { packetsPerSecond: 100, payloadBytes: 1_200 } as const;
export const OPUS = { packetsPerSecond: 50, payloadBytes: 80 } as const;
