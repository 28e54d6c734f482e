/** Bounds that both sides keep, so that the SDK can refuse early what the server would refuse. */
export const LIMITS = {
  /** Characters of a chat message. */
  chatText: 4_000,
  /** People that one chat message may mention. */
  mentions: 20,
  /** Characters of the name of a file. */
  fileName: 255,
  /** Characters of a name that others see. */
  displayName: 100,
  /** Characters of a track's name. */
  trackName: 255,
  /** Bytes of one signalling message. */
  signallingMessageBytes: 256 * 1024,
} as const;
