import type { Method, Params, ParticipantInfo, Result } from '@balai/protocol';
import type { Sessions } from '../../features/sessions/sessions.ts';
import type { RequestsToOthers } from '../../features/sessions/sharing/requests-to-others.ts';
import type { Stay } from '../../features/sessions/stay.ts';
import { AppError } from '../../kernel/app-error.ts';
import type { Handler, Handlers } from './handler.ts';

type FindSubject<M extends Method> = (
  params: Params<M>,
  people: readonly ParticipantInfo[],
) => ParticipantInfo | undefined;

const byId: FindSubject<'moderation.remove' | 'hand.lower' | 'stage.invite'> = (
  { participantId },
  people,
) => people.find((one) => one.participantId === participantId);
const byTrack: FindSubject<'moderation.mute' | 'moderation.stopTrack'> = ({ trackId }, people) =>
  people.find(({ tracks }) => tracks.some((track) => track.trackId === trackId));

/** Requests that are about one other person, and are done where that person is. */
const SUBJECTS = {
  'moderation.mute': byTrack,
  'moderation.stopTrack': byTrack,
  'moderation.askToUnmute': byId,
  'moderation.remove': byId,
  'moderation.ban': byId,
  'moderation.setRole': byId,
  'hand.lower': byId,
  'stage.invite': byId,
  'rpc.call': ({ destinationIdentity }: Params<'rpc.call'>, people: readonly ParticipantInfo[]) =>
    people.find(({ identity, isForwarded }) => identity === destinationIdentity && !isForwarded),
} as const;
type SubjectMethod = keyof typeof SUBJECTS;

function isPersonal(method: string): method is SubjectMethod {
  return Object.hasOwn(SUBJECTS, method);
}

const nothingAfter = (): void => undefined;

/**
 * The same handlers, for rooms whose people are in several processes: what one person asks of
 * another one is done by the process where that other one is, with the roles of that moment.
 */
export function reachElsewhere(
  handlers: Handlers,
  sessions: Pick<Sessions, 'findParticipant' | 'findPeople' | 'findRoom'>,
  others: RequestsToOthers,
): Handlers {
  others.answer({
    async personal({ method, params, subjectId }, findActor) {
      if (!isPersonal(method) || sessions.findParticipant(subjectId) === undefined) {
        return undefined;
      }
      // The other process has checked them as those of a client of its own.
      const handle = handlers[method] as Handler<Method>;
      return { result: await handle(findActor(), params as never, nothingAfter) };
    },
    async general({ actor }, findActor) {
      if (sessions.findRoom(actor.ticket.roomId) === undefined) return undefined;
      const { muted } = await handlers['moderation.muteAll'](findActor(), {}, nothingAfter);
      return muted;
    },
  });

  const reach =
    <M extends SubjectMethod>(method: M) =>
    async (
      stay: Stay,
      params: Params<M>,
      afterReply: (work: () => void) => void,
    ): Promise<Result<M>> => {
      const { roomId } = stay.ticket;
      // Each method has the finder for its own params.
      const find = SUBJECTS[method] as FindSubject<M>;
      const subject = find(params, sessions.findPeople(roomId));
      const room = sessions.findRoom(roomId);
      if (subject === undefined || room?.isElsewhere(subject.participantId) !== true) {
        return await handlers[method](stay, params, afterReply);
      }
      const { participantId, ticket } = stay;
      const { participantId: subjectId } = subject;
      const actor = { participantId, ticket };
      const answered = await others.ask({ method, params, subjectId, actor });
      if (answered === undefined) throw new AppError('not_found', 'They have just left');
      return answered.result as Result<M>;
    };

  return {
    ...handlers,
    'moderation.mute': reach('moderation.mute'),
    'moderation.stopTrack': reach('moderation.stopTrack'),
    'moderation.askToUnmute': reach('moderation.askToUnmute'),
    'moderation.remove': reach('moderation.remove'),
    'moderation.ban': reach('moderation.ban'),
    'moderation.setRole': reach('moderation.setRole'),
    'hand.lower': reach('hand.lower'),
    'stage.invite': reach('stage.invite'),
    'rpc.call': reach('rpc.call'),
    'moderation.muteAll': async (stay, params, afterReply) => {
      const { muted } = await handlers['moderation.muteAll'](stay, params, afterReply);
      const { participantId, ticket } = stay;
      if (sessions.findRoom(ticket.roomId)?.hasPeopleElsewhere !== true) return { muted };
      const actor = { participantId, ticket };
      const counts = await others.askEach({ method: 'moderation.muteAll', params: {}, actor });
      return { muted: counts.reduce<number>((sum, one) => sum + Number(one), muted) };
    },
  };
}
