import type { ChatMessage, Room, SignedIn } from '@balai/protocol';
import type { TestApi } from './test-api.ts';
import type { Member } from './test-member.ts';

/** One request that an operation of the API answers as it should. */
export interface Exercise {
  /** Values of the path's parameters. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly body?: unknown;
  /** Instead of a body. */
  readonly file?: { readonly type: string; readonly content: Uint8Array };
}

/** Some people, and a room that they are in. */
export interface ExerciseWorld {
  readonly api: TestApi;
  readonly host: Required<SignedIn>;
  readonly ann: Required<SignedIn>;
  readonly admin: Required<SignedIn>;
  readonly room: Room;
  readonly guest: Member;
  readonly message: ChatMessage;
}
