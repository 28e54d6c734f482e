import { reportFault } from '../report-fault.ts';
import type { DataLink, DataMessage, DataSurroundings } from './data-link.ts';
import type { ByteStreamHandler, RpcHandler, TextStreamHandler } from './data-types.ts';
import type { StayData } from './stay-data.ts';

/** What data needs of its room. */
export type DataHooks = Omit<DataSurroundings, 'textHandlers' | 'byteHandlers' | 'rpcMethods'> & {
  /** Waits for a room that is being joined. @throws ConnectionError `not_connected`. */
  readonly awaitLink: () => Promise<DataLink>;
};

/**
 * Data, texts and calls of a room, over all its stays: who listens, and what goes on in the
 * present stay. How that is done is loaded with its first use.
 */
export class RoomData {
  readonly textHandlers = new Map<string, TextStreamHandler>();
  readonly byteHandlers = new Map<string, ByteStreamHandler>();
  readonly rpcMethods = new Map<string, RpcHandler>();
  readonly #hooks: DataHooks;
  #isWanted = false;
  #link: DataLink | undefined;
  #data: Promise<StayData> | undefined;

  constructor(hooks: DataHooks) {
    this.#hooks = hooks;
  }

  /** Whether somebody listens to what comes over data channels. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Somebody listens from now on. */
  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    if (this.#link) this.receive();
  }

  /** A stay begins. */
  begin(link: DataLink): void {
    this.#link = link;
    this.#data = undefined;
    this.receive();
  }

  /** The stay's media goes on over another link, beside the former one. */
  async move(link: DataLink): Promise<void> {
    this.#link = link;
    const data = await this.#data;
    await data?.move(link);
  }

  /** Nothing comes over the former link any more. */
  arrived(): void {
    this.#data?.then((data) => data.arrived(), ignore);
  }

  /** The stay is over. */
  end(): void {
    const data = this.#data;
    this.#link = undefined;
    this.#data = undefined;
    data?.then((one) => one.close(), ignore);
  }

  /** The server says something. */
  tell(message: DataMessage): void {
    const isForNobody =
      message.event === 'textReceived' && !this.textHandlers.has(message.message.topic);
    if (!isForNobody) this.#withData((data) => data.take(message));
  }

  /** Somebody came, or left. */
  meet(): void {
    this.#data?.then((data) => data.meet(), ignore);
  }

  /** What to send with. @throws ConnectionError `not_connected`. */
  async use(): Promise<StayData> {
    const link = await this.#hooks.awaitLink();
    return await (link === this.#link ? this.#load(link) : this.#make(link));
  }

  /** What comes over data channels can be received by now. */
  receive(): void {
    if (!this.#isWanted) return;
    this.#withData((data) => data.receive());
  }

  #withData(work: (data: StayData) => void): void {
    const link = this.#link;
    if (!link) return;
    this.#load(link).then(work, (error: unknown) => reportFault('data cannot be received', error));
  }

  #load(link: DataLink): Promise<StayData> {
    const loading = this.#data ?? this.#make(link);
    this.#data = loading;
    // Whoever asked hears why it could not be loaded; who asks next tries again.
    loading.catch(() => {
      if (this.#data === loading) this.#data = undefined;
    });
    return loading;
  }

  async #make(link: DataLink): Promise<StayData> {
    const { StayData } = await import('./stay-data.ts');
    const { textHandlers, byteHandlers, rpcMethods } = this;
    return new StayData(link, { ...this.#hooks, textHandlers, byteHandlers, rpcMethods });
  }
}

/** Whoever loaded it heard of it. */
function ignore(): undefined {
  return undefined;
}
