/** Bounds that both sides keep, so that the SDK can refuse early what the server would refuse. */
export const LIMITS = {
  /** Characters of a chat message. */
  chatText: 4_000,
  /** Characters of a name that others see. */
  displayName: 100,
  /** Characters of a track's name. */
  trackName: 255,
  /** Bytes of one signalling message. */
  signallingMessageBytes: 256 * 1024,
} as const;
