import type { Participant } from '@balai/client';
import { useActiveSpeakers, useParticipants } from '@balai/client/react';
import { useState } from 'react';
import { TILES_PER_PAGE } from './grid-layout.ts';

/** Pictures of the strip beside a shared screen that can be seen without scrolling. */
const STRIP_PLACES = 4;

type Seen = Pick<Participant, 'isLocal' | 'lastSpokeAt'>;

/** How many people can be seen at once, while these share a screen, or a picture is pinned. */
export function placesFor(sharing: ReadonlySet<Seen>, isPinned = false): number {
  const hasStage = isPinned || [...sharing].some(({ isLocal }) => !isLocal);
  return hasStage ? STRIP_PLACES : TILES_PER_PAGE - sharing.size;
}

/**
 * Brings whoever speaks into view, in the place of the one there who has been
 * silent longest. Nobody else moves: people find each other where they were.
 *
 * @param before The order until now. It is the answer as well, if it need not change.
 * @param people Everybody, as they are now; newcomers go last.
 * @param speaking Those of them who speak.
 * @param places How many can be seen. Oneself does not leave them.
 */
export function bringIntoView<P extends Seen>(
  before: readonly P[],
  people: readonly P[],
  speaking: readonly P[],
  places: number,
): readonly P[] {
  const rest = new Set(people);
  const order = before.filter((person) => rest.delete(person));
  order.push(...rest);
  for (const [index, person] of order.entries()) {
    if (index < places || !speaking.includes(person)) continue;
    const silent = order.slice(0, places).filter((one) => !speaking.includes(one) && !one.isLocal);
    const longest = silent.toSorted((one, other) => spokeAt(one) - spokeAt(other))[0];
    if (longest === undefined) break;
    order[order.indexOf(longest)] = person;
    order[index] = longest;
  }
  const isSame = order.length === before.length && order.every((one, at) => one === before[at]);
  return isSame ? before : order;
}

/** Everybody, in the order of their pictures: who speaks is on the first page. */
export function useInView(
  sharing: ReadonlySet<Participant>,
  isPinned: boolean,
): readonly Participant[] {
  const people = useParticipants();
  const speaking = useActiveSpeakers();
  const [before, setOrder] = useState(people);
  const order = bringIntoView(before, people, speaking, placesFor(sharing, isPinned));
  if (order !== before) setOrder(order);
  return order;
}

function spokeAt({ lastSpokeAt }: Seen): number {
  return lastSpokeAt?.getTime() ?? 0;
}
