import type { ParticipantId } from '@balai/protocol';
import type { Inquiries, Topic } from '../../../store/redis/inquiries.ts';
import type { Stay } from '../stay.ts';
import type { RemoteActor, RemoteStays } from './remote-stays.ts';

/** What somebody asks of somebody in another process. Survives JSON. */
export interface RemoteRequest {
  readonly method: string;
  readonly params: unknown;
  readonly actor: RemoteActor;
}
/** Where it is about one person. */
export type PersonalRequest = RemoteRequest & { readonly subjectId: ParticipantId };

/** Does what people of other processes ask; undefined where it is none of this one's business. */
export interface RemoteAnswers {
  readonly personal: (
    request: PersonalRequest,
    findActor: () => Stay,
  ) => Promise<{ readonly result: unknown } | undefined>;
  readonly general: (request: RemoteRequest, findActor: () => Stay) => Promise<unknown>;
}

/** Has requests done by the processes where those are whom they are about. */
export interface RequestsToOthers {
  /** From now on this process answers, too. */
  answer(answers: RemoteAnswers): void;
  /**
   * @returns undefined where no process has the person.
   * @throws AppError `unavailable` where somebody did not answer in time; what the one threw who has the person.
   */
  ask(request: PersonalRequest): Promise<{ readonly result: unknown } | undefined>;
  /** @returns what each other process answers that has people of the room. @throws AppError as `ask`. */
  askEach(request: RemoteRequest): Promise<readonly unknown[]>;
}

const PERSONAL: Topic<PersonalRequest, { readonly result: unknown }> = { name: 'request' };
const GENERAL: Topic<RemoteRequest, unknown> = { name: 'request_to_each' };

export function createRequestsToOthers(
  inquiries: Inquiries,
  remoteStays: RemoteStays,
): RequestsToOthers {
  return {
    answer({ personal, general }) {
      inquiries.answer(PERSONAL, (request) =>
        personal(request, () => remoteStays.of(request.actor)),
      );
      inquiries.answer(GENERAL, (request) => general(request, () => remoteStays.of(request.actor)));
    },
    ask: (request) => inquiries.find(PERSONAL, request),
    askEach: (request) => inquiries.gather(GENERAL, request),
  };
}
