/**
 * Hands on what comes over a socket, in the order in which it came. After an answer it waits
 * for a turn of the event loop: whoever awaited the answer has gone on by then, and hears
 * what came after it as what it is, later.
 */
export class Inbox {
  readonly #waiting: { readonly deliver: () => void; readonly isAnswer: boolean }[] = [];
  #isHeld = false;

  fact(deliver: () => void): void {
    this.#put(deliver, false);
  }

  answer(deliver: () => void): void {
    this.#put(deliver, true);
  }

  #put(deliver: () => void, isAnswer: boolean): void {
    this.#waiting.push({ deliver, isAnswer });
    if (!this.#isHeld) this.#deliver();
  }

  #deliver(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { deliver, isAnswer } = next;
      if (isAnswer) {
        this.#isHeld = true;
        setImmediate(() => {
          this.#isHeld = false;
          this.#deliver();
        });
      }
      deliver();
      if (isAnswer) return;
    }
  }
}
