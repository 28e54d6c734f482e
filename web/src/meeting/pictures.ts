import type { Participant } from '@balai/client';

/** One tile's worth: somebody's camera, or a screen. */
export interface PictureSlot<P extends Pictured = Participant> {
  readonly key: string;
  readonly participant: P;
  readonly source: 'camera' | 'screen_share';
}

/** What the page shows: what is pinned on the stage, or else a screen if somebody shares one, and everything else. */
export interface Pictures<P extends Pictured = Participant> {
  readonly stage: PictureSlot<P> | null;
  readonly tiles: readonly PictureSlot<P>[];
}

type Pictured = Pick<Participant, 'identity' | 'isLocal'>;

/**
 * Decides what goes on the stage: what is pinned, as long as it is there; else the
 * screen of whoever came last among those who share one. One's own screen is no use
 * on one's own stage, and stays a tile.
 *
 * @param people In the order of their tiles.
 * @param sharing Those of them who share a screen.
 * @param pinned Key of the picture that was chosen.
 */
export function arrangePictures<P extends Pictured>(
  people: readonly P[],
  sharing: ReadonlySet<P>,
  pinned: string | null = null,
): Pictures<P> {
  const screens = people
    .filter((person) => sharing.has(person))
    .map((person) => slot(person, 'screen_share'));
  const all = [...screens, ...people.map((person) => slot(person, 'camera'))];
  const stage =
    all.find(({ key }) => key === pinned) ??
    screens.findLast(({ participant }) => !participant.isLocal) ??
    null;
  return { stage, tiles: all.filter((one) => one !== stage) };
}

function slot<P extends Pictured>(participant: P, source: PictureSlot['source']): PictureSlot<P> {
  return { key: keyOf(participant, source), participant, source };
}

/** What a picture is pinned by: whoever leaves and comes back is pinned still. */
export function keyOf(
  { identity }: Pick<Pictured, 'identity'>,
  source: PictureSlot['source'],
): string {
  return `${identity} ${source}`;
}
