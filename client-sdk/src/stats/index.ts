/** What the browser measures of each track, in one shape. Apart from the core: `@balai/client/stats`. */
export { getTrackStats, toTrackStats } from './track-stats.ts';
export type {
  ReceivedStreamStats,
  ReceivedTrackStats,
  SentStreamStats,
  SentTrackStats,
  StreamStats,
  TrackStats,
  TrackStatsBase,
} from './track-stats-types.ts';
