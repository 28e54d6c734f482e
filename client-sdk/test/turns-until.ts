/**
 * Lets the event loop turn until something is so, and then not once more: for
 * tests that have to act in the very moment.
 */
export async function turnsUntil(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000; turn += 1) {
    if (isSo()) return;
    await new Promise(setImmediate);
  }
  throw new Error('it did not become so in 10,000 turns of the event loop');
}
