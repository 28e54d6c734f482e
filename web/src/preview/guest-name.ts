const KEY = 'balai.guestName';

/** The name under which a guest joined last from this browser; empty at first. */
export function loadGuestName(): string {
  return localStorage.getItem(KEY) ?? '';
}

export function storeGuestName(name: string): void {
  localStorage.setItem(KEY, name);
}
