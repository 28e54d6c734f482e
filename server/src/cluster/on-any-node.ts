import { AppError } from '../kernel/app-error.ts';
import type { PeerId } from '../media/node-media.ts';
import type { FoundPlace } from './place-on-node.ts';

/** Each may take as long as a command may: somebody who joins does not wait for more. */
const NODES_TRIED = 3;

/**
 * Does something on a node. Where the one that was found refuses it, because it has just lost
 * the worker, is full after all or is lost itself, another one is found.
 *
 * @param find Finds a node that is none of those.
 * @throws what the last node threw, or what `find` threw where none was tried.
 */
export async function onAnyNode<Result>(
  find: (except: ReadonlySet<PeerId>) => Promise<FoundPlace>,
  attempt: (place: FoundPlace) => Promise<Result>,
): Promise<Result> {
  const refused = new Map<PeerId, AppError>();
  for (;;) {
    const place = await findAnother(find, refused);
    try {
      return await attempt(place);
    } catch (error) {
      const isRefusal = error instanceof AppError && error.code === 'media_unavailable';
      if (!isRefusal) throw error;
      refused.set(place.node.peerId, error);
      if (refused.size === NODES_TRIED) throw error;
    }
  }
}

async function findAnother(
  find: (except: ReadonlySet<PeerId>) => Promise<FoundPlace>,
  refused: ReadonlyMap<PeerId, AppError>,
): Promise<FoundPlace> {
  const refusal = [...refused.values()].at(-1);
  try {
    const place = await find(new Set(refused.keys()));
    // Why the others did not do says more than that there are no more.
    if (refused.has(place.node.peerId)) throw refusal;
    return place;
  } catch (error) {
    throw refusal ?? error;
  }
}
