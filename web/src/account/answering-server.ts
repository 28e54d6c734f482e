import { RequestError } from '../app/failure.ts';
import type { RequestOptions } from '../app/request.ts';
import { AccountStore, type User } from './account-store.ts';

/** Who is signed in, in tests. */
export const ANN: User = {
  id: 'u1',
  email: 'ann@example.org',
  isEmailVerified: false,
  firstName: 'Ann',
  lastName: 'Lee',
  avatarUrl: '/v1/avatars/old.png',
  isAdmin: false,
};

type Answer = (options: RequestOptions) => unknown;

/** Stands in for the REST API in tests: answers as it is told to, and writes down what it was asked. */
export class AnsweringServer {
  readonly requests: { readonly line: string; readonly options: RequestOptions }[] = [];
  readonly #answers = new Map<string, Answer>();

  /** @param line Method and path, for example `GET /v1/users/me`. */
  on(line: string, answer: Answer): void {
    this.#answers.set(line, answer);
  }

  /** Has a request fail with a code. */
  refuse(line: string, code: string): void {
    this.on(line, () => {
      throw new RequestError({ code, message: '' });
    });
  }

  readonly send = async <T>(path: string, options: RequestOptions = {}): Promise<T> => {
    const line = `${options.method ?? 'GET'} ${path}`;
    this.requests.push({ line, options });
    await Promise.resolve();
    const answer = this.#answers.get(line);
    if (answer === undefined) throw new Error(`Nobody said what ${line} answers.`);
    return (await answer(options)) as T;
  };

  /** An account store in which Ann is signed in here. */
  async signIn(): Promise<AccountStore> {
    this.on('POST /v1/auth/sign-in', () => ({
      user: ANN,
      accessToken: 'token',
      accessTokenExpiresAt: new Date(900_000).toISOString(),
    }));
    const account = new AccountStore({
      send: this.send,
      readKept: () => null,
      keep: () => undefined,
      nowMs: () => 0,
      oneTabAtATime: (work) => work(),
    });
    await account.signIn(ANN.email, 'correct horse');
    this.requests.length = 0;
    return account;
  }
}
