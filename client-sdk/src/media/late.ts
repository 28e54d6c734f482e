/** Something that is there from the start, or made when it is needed. */
export class Late<T> {
  readonly #make: () => Promise<T>;
  #current: T | undefined;
  #making: Promise<T> | undefined;

  /** @param make Throws what `get` throws then. */
  constructor(current: T | undefined, make: () => Promise<T>) {
    this.#current = current;
    this.#make = make;
  }

  /** What there is now, if anything. */
  get current(): T | undefined {
    return this.#current;
  }

  /** Makes it if there is none. What fails is tried again by the next who asks. */
  async get(): Promise<T> {
    if (this.#current) return this.#current;
    this.#making ??= this.#makeOnce();
    return await this.#making;
  }

  async #makeOnce(): Promise<T> {
    try {
      // Before anybody can ask again: there is one.
      this.#current = await this.#make();
      return this.#current;
    } finally {
      this.#making = undefined;
    }
  }
}
