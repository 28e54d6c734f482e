import type { Participant } from '@balai/client';
import type { PictureSlot } from './pictures.ts';

/** What stands beside those in the spotlight: a shared screen first, and everybody else. */
export function besideSpotlight<P extends Pick<Participant, 'identity' | 'isLocal'>>(
  stage: PictureSlot<P> | null,
  tiles: readonly PictureSlot<P>[],
  spotlight: readonly P[],
): readonly PictureSlot<P>[] {
  const all = stage === null ? tiles : [stage, ...tiles];
  return all.filter(({ source, participant }) => {
    return source !== 'camera' || !spotlight.includes(participant);
  });
}
