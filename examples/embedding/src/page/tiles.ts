import type { Participant } from '@balai/client';
import { element } from './page.ts';

const tiles = new Map<string, HTMLElement>();

/** The tile of somebody, as they are now. */
export function renewTile(participant: Participant): HTMLElement {
  const { identity, name, isLocal, isCameraEnabled, isMicrophoneEnabled } = participant;
  const tile = tiles.get(identity) ?? addTile(participant);
  tile.classList.toggle('own', isLocal);
  tile.classList.toggle('unseen', !isCameraEnabled);
  tile.classList.toggle('muted', !isMicrophoneEnabled);
  tile.dataset['name'] = name;
  return tile;
}

export function removeTile({ identity }: Participant): void {
  tiles.get(identity)?.remove();
  tiles.delete(identity);
}

export function removeTiles(): void {
  for (const tile of tiles.values()) tile.remove();
  tiles.clear();
}

function addTile({ identity, name }: Participant): HTMLElement {
  const tile = document.createElement('figure');
  tile.dataset['identity'] = identity;
  const remove = document.createElement('button');
  remove.textContent = 'Remove';
  remove.ariaLabel = `Remove ${name}`;
  remove.value = identity;
  tile.append(remove);
  tiles.set(identity, tile);
  element('tiles', HTMLElement).append(tile);
  return tile;
}
