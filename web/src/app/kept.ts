/*
 * Small things that a browser keeps between visits. Where the person forbids
 * pages to keep anything, nothing is kept, and everything else works.
 */

/** What was kept under a key; null where nothing is. */
export function readKept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch (error) {
    console.info('This browser keeps nothing for this page.', error);
    return null;
  }
}

/** Keeps a text under a key; null forgets it. */
export function keep(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch (error) {
    console.info('This browser keeps nothing for this page.', error);
  }
}
