import { keep, readKept } from '../app/kept.ts';

const KEY = 'balai.guestName';

/** The name under which a guest joined last from this browser; empty at first. */
export function loadGuestName(): string {
  return readKept(KEY) ?? '';
}

/** Keeps the name for the next visit. */
export function storeGuestName(name: string): void {
  keep(KEY, name);
}
