import { expect } from 'vitest';
import { waitForVoice } from './hearing.ts';
import type { Person } from './person.ts';
import { identityOf, look, tileOf, waitForFrames } from './seeing.ts';

/** Waits until each of two people sees and hears the other in the web app. */
export async function waitForCall(one: Person, other: Person): Promise<void> {
  for (const [{ page }, { page: othersPage, likeness }] of [
    [one, other],
    [other, one],
  ] as const) {
    const identity = await identityOf(othersPage);
    const tile = tileOf(page, identity);
    await waitForFrames(tile, 6);
    expect((await look(tile)).contrast).toBeGreaterThan(15);
    await waitForVoice(page, identity, likeness.voiceHz);
  }
}
