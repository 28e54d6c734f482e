/** Work that goes on after the call that began it. */
export class BackgroundWork {
  readonly #works = new Set<Promise<void>>();

  /** @param work Must not reject. */
  add(work: Promise<void>): void {
    const settled = work.finally(() => this.#works.delete(settled));
    this.#works.add(settled);
  }

  /** Work whose outcome is the caller's matter. */
  addAwaited(work: Promise<unknown>): void {
    const ignore = () => undefined;
    this.add(work.then(ignore, ignore));
  }

  /** Settles when all of it is done, with what was added meanwhile. */
  async settle(): Promise<void> {
    while (this.#works.size > 0) {
      await Promise.all(this.#works);
    }
  }
}
