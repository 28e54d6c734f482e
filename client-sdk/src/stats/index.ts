/** What the browser measures of each track, in one shape. Apart from the core: `@balai/client/stats`. */
export { getTrackStats, toTrackStats } from './track-stats.ts';
export type { ReceivedStreamStats, SentStreamStats, TrackStats } from './track-stats-types.ts';
