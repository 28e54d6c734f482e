/** The time, as a dependency: tests bring their own. Milliseconds since 1970. */
export type Clock = () => number;

/** The machine's own. */
export const systemClock: Clock = () => Date.now();
