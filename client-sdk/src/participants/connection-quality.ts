import type { ConnectionQuality as KnownQuality } from '@balai/protocol';

/** How well somebody is connected, both ways, as the server measures it. The names are livekit-client's. */
export const ConnectionQuality = {
  Excellent: 'excellent',
  Good: 'good',
  Poor: 'poor',
  /** They cannot be reached, for now or for good. */
  Lost: 'lost',
  /** Nothing was measured yet. */
  Unknown: 'unknown',
} as const satisfies Record<string, KnownQuality | 'unknown'>;
/** One of {@link ConnectionQuality}. */
export type ConnectionQuality = (typeof ConnectionQuality)[keyof typeof ConnectionQuality];
