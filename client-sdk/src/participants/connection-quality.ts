import type { ConnectionQuality as KnownQuality } from '@balai/protocol';

/** How well somebody is connected, both ways, as the server measures it. The names are livekit-client's. */
export const ConnectionQuality = {
  /** Nothing is lost. */
  Excellent: 'excellent',
  /** Most arrives in time. */
  Good: 'good',
  /** So much is lost or late that people notice. */
  Poor: 'poor',
  /** They cannot be reached, for now or for good. */
  Lost: 'lost',
  /** Nothing was measured yet. */
  Unknown: 'unknown',
} as const satisfies Record<string, KnownQuality | 'unknown'>;
/** One of {@link ConnectionQuality}. */
export type ConnectionQuality = (typeof ConnectionQuality)[keyof typeof ConnectionQuality];
