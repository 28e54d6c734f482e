import type { TrackPublishOptions } from '../options.ts';
import type { LocalTrack } from '../tracks/local-track.ts';

/** The three switches: a screen and its sound are one. */
export type SwitchName = 'camera' | 'microphone' | 'screen';

/** What is wanted of one of them. */
export interface Wish {
  readonly isOn: boolean;
  /** Opens the devices; only called when there is nothing to unmute. */
  readonly open: () => Promise<readonly LocalTrack[]>;
  readonly publishOptions: TrackPublishOptions;
}
