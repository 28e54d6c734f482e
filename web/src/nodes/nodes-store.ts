import type { AccountStore } from '../account/account-store.ts';
import { type Failure, toFailure } from '../app/failure.ts';
import { Store } from '../app/store.ts';
import type { MediaNode } from './node-types.ts';

const PATH = '/v1/admin/nodes';
/** Servers measure once a second; more often there is nothing new. */
const INTERVAL_MS = 2_000;

/** The nodes, as they were when they were last heard of; null before that. */
export interface NodesState {
  readonly nodes: readonly MediaNode[] | null;
  /** Why what is here is not of this moment. */
  readonly failure: Failure | null;
}

/**
 * The media nodes of the server. Asks for them again and again while they are watched: all
 * figures change with each measurement, so that being told of changes would be no less.
 */
export class NodesStore {
  readonly state = new Store<NodesState>({ nodes: null, failure: null });
  readonly #account: Pick<AccountStore, 'request'>;
  /** Raised by each change: a list that was asked for before it is old. */
  #changes = 0;

  constructor(account: Pick<AccountStore, 'request'>) {
    this.#account = account;
  }

  /**
   * Keeps the list up to date.
   *
   * @param isWatched Whether anybody sees it, as a hidden tab does not: then nothing is asked.
   * @returns a function that ends it.
   */
  watch(isWatched: () => boolean): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const next = async () => {
      if (isWatched()) await this.load();
      if (!isOver) timer = setTimeout(() => void next(), INTERVAL_MS);
    };
    void next();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }

  /** Asks for the list once. Failures become part of the state; what is here stays. */
  async load(): Promise<void> {
    const changes = this.#changes;
    try {
      const nodes = await this.#account.request<readonly MediaNode[]>(PATH);
      if (changes === this.#changes) this.state.set({ nodes, failure: null });
    } catch (error) {
      this.state.update((state) => ({ ...state, failure: toFailure(error) }));
    }
  }

  /** Has nobody new come to a node, or people again. @throws RequestError */
  async setDraining(nodeId: string, isDraining: boolean): Promise<void> {
    const node = await this.#account.request<MediaNode>(`${PATH}/${encodeURIComponent(nodeId)}`, {
      method: 'PATCH',
      body: { isDraining },
    });
    this.#changes += 1;
    this.state.update((state) => ({
      ...state,
      nodes: (state.nodes ?? []).map((one) => (one.id === node.id ? node : one)),
    }));
  }
}
