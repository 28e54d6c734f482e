import type { AccountStore } from '../account/account-store.ts';
import { type Failure, toFailure } from '../app/failure.ts';
import { inOtherWords } from '../app/in-other-words.ts';
import { type Page, PagedList, pageQuery } from '../app/paged-list.ts';
import { Store } from '../app/store.ts';
import type { ApiKey, CreatedKey, Project, ProjectChanges, Scope } from './project-types.ts';

const PATH = '/v1/projects';

type Request = Pick<AccountStore, 'request'>;

/** The projects of the signed-in person. */
export class ProjectsStore {
  readonly list: PagedList<Project>;
  readonly #account: Request;

  constructor(account: Request) {
    this.#account = account;
    this.list = new PagedList<Project>((cursor) =>
      account.request<Page<Project>>(PATH + pageQuery(cursor)),
    );
  }

  /** @throws RequestError `projects_for_administrators`, `too_many_projects`. */
  async create(name: string): Promise<void> {
    const options = { method: 'POST', body: { name } } as const;
    const created = this.#account.request<Project>(PATH, options);
    this.list.addFirst(
      await inOtherWords(created, {
        forbidden: 'projects_for_administrators',
        conflict: 'too_many_projects',
      }),
    );
  }

  /** @throws RequestError `issuer_taken`. */
  async update(id: string, changes: ProjectChanges): Promise<void> {
    const options = { method: 'PATCH', body: changes } as const;
    const changed = this.#account.request<Project>(pathOf(id), options);
    this.list.replace(await inOtherWords(changed, { conflict: 'issuer_taken' }));
  }

  /** Deletes a project, with its rooms, people and keys. @throws RequestError */
  async remove(id: string): Promise<void> {
    await this.#account.request(pathOf(id), { method: 'DELETE' });
    this.list.remove(id);
  }

  keysOf(projectId: string): KeysStore {
    return new KeysStore(this.#account, projectId);
  }
}

/** The keys of one project; null until they are here. */
export interface KeysState {
  readonly keys: readonly ApiKey[] | null;
  readonly failure: Failure | null;
}

/** The keys of a project, newest first. */
export class KeysStore {
  readonly state = new Store<KeysState>({ keys: null, failure: null });
  readonly #account: Request;
  readonly #path: string;

  constructor(account: Request, projectId: string) {
    this.#account = account;
    this.#path = `${pathOf(projectId)}/keys`;
  }

  /** Failures become part of the state. */
  async load(): Promise<void> {
    this.state.update((state) => ({ ...state, failure: null }));
    try {
      const keys = await this.#account.request<readonly ApiKey[]>(this.#path);
      this.state.set({ keys, failure: null });
    } catch (error) {
      this.state.update((state) => ({ ...state, failure: toFailure(error) }));
    }
  }

  /** @returns the key with its secret, which nobody is told again. @throws RequestError `too_many_keys`. */
  async create(name: string, scopes: readonly Scope[]): Promise<CreatedKey> {
    const options = { method: 'POST', body: { name, scopes } } as const;
    const created = this.#account.request<CreatedKey>(this.#path, options);
    const key = await inOtherWords(created, { conflict: 'too_many_keys' });
    const { secret: _, ...known } = key;
    this.#change((keys) => [known, ...keys]);
    return key;
  }

  /** Ends a key, for good. @throws RequestError */
  async revoke(keyId: string): Promise<void> {
    const revoked = await this.#account.request<ApiKey>(`${this.#path}/${keyId}`, {
      method: 'DELETE',
    });
    this.#change((keys) => keys.map((key) => (key.id === keyId ? revoked : key)));
  }

  #change(change: (keys: readonly ApiKey[]) => readonly ApiKey[]): void {
    this.state.update((state) => ({ ...state, keys: change(state.keys ?? []) }));
  }
}

function pathOf(projectId: string): string {
  return `${PATH}/${encodeURIComponent(projectId)}`;
}
