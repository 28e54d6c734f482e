import type { Participant } from '@balai/client';

/** One tile's worth: somebody's camera, or a screen. */
export interface PictureSlot<P extends Pictured = Participant> {
  readonly key: string;
  readonly participant: P;
  readonly source: 'camera' | 'screen_share';
}

/** What the page shows: a screen on the stage, if somebody shares one, and everything else. */
export interface Pictures<P extends Pictured = Participant> {
  readonly stage: PictureSlot<P> | null;
  readonly tiles: readonly PictureSlot<P>[];
}

type Pictured = Pick<Participant, 'identity' | 'isLocal'>;

/**
 * Decides what goes on the stage: the screen of whoever came last among those
 * who share one. One's own is no use on one's own stage, and stays a tile.
 *
 * @param people In the order of their tiles.
 * @param sharing Those of them who share a screen.
 */
export function arrangePictures<P extends Pictured>(
  people: readonly P[],
  sharing: ReadonlySet<P>,
): Pictures<P> {
  const screens = people
    .filter((person) => sharing.has(person))
    .map((person) => slot(person, 'screen_share'));
  const stage = screens.findLast(({ participant }) => !participant.isLocal) ?? null;
  const others = screens.filter((screen) => screen !== stage);
  return { stage, tiles: [...others, ...people.map((person) => slot(person, 'camera'))] };
}

function slot<P extends Pictured>(participant: P, source: PictureSlot['source']): PictureSlot<P> {
  return { key: `${participant.identity} ${source}`, participant, source };
}
