import type {
  Identity,
  MuteTrackRequest,
  Page,
  RoomBan,
  RoomId,
  RpcOutcome,
  ServiceParticipant,
  TrackInfo,
  UpdateServiceParticipantRequest,
  UpdateSubscriptionsRequest,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { type ListPosition, readCursor, toPage } from '../../kernel/cursor.ts';
import type { RoomTicket, UserId } from '../../kernel/route.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Inquiries, Topic } from '../../store/redis/inquiries.ts';
import type { CallContents } from '../data/calls.ts';
import type { Bans } from '../moderation/bans.ts';
import { type Moderation, personOf } from '../moderation/moderation.ts';
import type { ExternalUsers } from '../projects/external-users.ts';
import { userIdOf } from '../projects/user-id.ts';
import type { RoomOwner } from '../rooms/project-rooms.ts';
import type { PeopleElsewhere } from '../sessions/people-elsewhere.ts';
import type { Sessions } from '../sessions/sessions.ts';
import {
  compare,
  type Named,
  nobodyThere,
  type ParticipantsHere,
  type ParticipantUpdate,
  placeOf,
} from './participants-here.ts';

/** What a callee has to confirm a call, and the way there and back. */
const CALL_GRACE_MS = 10_000;

export interface ServiceParticipantsOptions {
  readonly database: Database;
  readonly sessions: Pick<Sessions, 'findStay'>;
  readonly here: ParticipantsHere;
  readonly inquiries: Inquiries;
  readonly elsewhere: Pick<PeopleElsewhere, 'find'>;
  readonly moderation: Pick<Moderation, 'sendOut'>;
  readonly bans: Pick<Bans, 'add' | 'remove' | 'list'>;
  readonly users: ExternalUsers;
}

/** A person, as those know them who are to know why they are not let in. */
interface Person {
  readonly userId: UserId;
  readonly name: string;
}

/** Somebody in a room, as far as every process can tell of them. */
type Present = Pick<RoomTicket, 'userId' | 'bearerId' | 'name'>;

interface ListQuestion {
  readonly roomId: RoomId;
  readonly after: ListPosition | null;
  readonly limit: number;
}

/** Something done to somebody who is in a room. */
type Act<What, Outcome> = (whom: Named, what: What, withinMs?: number) => Promise<Outcome>;

const LIST: Topic<ListQuestion, readonly ServiceParticipant[]> = { name: 'participants' };

/**
 * Who is in a room, for the application's backend. Who is in another process is asked for
 * there; every method throws AppError `unavailable` where the other processes cannot be asked.
 */
export class ServiceParticipants {
  readonly #options: ServiceParticipantsOptions;
  readonly #get: Act<null, ServiceParticipant>;
  readonly #update: Act<ParticipantUpdate, ServiceParticipant>;
  readonly #mute: Act<MuteTrackRequest, TrackInfo>;
  readonly #subscribe: Act<UpdateSubscriptionsRequest, void>;
  readonly #call: Act<CallContents, RpcOutcome>;

  constructor(options: ServiceParticipantsOptions) {
    this.#options = options;
    const { here, inquiries } = options;
    inquiries.answer(LIST, async ({ roomId, after, limit }) => here.list(roomId, after, limit));
    this.#get = this.#anywhere('get', (whom) => here.get(whom));
    this.#update = this.#anywhere('update', (whom, what) => here.update(whom, what));
    this.#mute = this.#anywhere('mute', (whom, what) => here.mute(whom, what));
    this.#subscribe = this.#anywhere('subscribe', (whom, what) =>
      here.updateSubscriptions(whom, what),
    );
    this.#call = this.#anywhere('call', (whom, what) => here.call(whom, what));
  }

  /**
   * Those who came last come first; who is hidden is among them.
   *
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  async list(
    roomId: RoomId,
    cursor: string | null,
    limit: number,
  ): Promise<Page<ServiceParticipant>> {
    const { here, inquiries } = this.#options;
    const after = cursor === null ? null : readCursor(cursor);
    const question = { roomId, after, limit: limit + 1 };
    const elsewhere = await inquiries.gather(LIST, question);
    const rows = [here.list(roomId, after, limit + 1), ...elsewhere]
      .flat()
      .sort((one, other) => compare(placeOf(one), placeOf(other)))
      .slice(0, limit + 1);
    return toPage(rows, limit, (row) => row, placeOf);
  }

  /** @throws AppError `not_found`. */
  get(roomId: RoomId, identity: Identity): Promise<ServiceParticipant> {
    return this.#get({ roomId, identity }, null);
  }

  /** @throws AppError `not_found`; `invalid_request` for more attributes than there may be. */
  update(
    { serviceUserId }: RoomOwner,
    roomId: RoomId,
    identity: Identity,
    changes: UpdateServiceParticipantRequest,
  ): Promise<ServiceParticipant> {
    return this.#update({ roomId, identity }, { ...changes, actorId: serviceUserId });
  }

  /**
   * Sends somebody out, in whatever process they are, and voids the tokens that they have for
   * the room by now, also of who is not there.
   *
   * @param banReason They may not come back, because of this; null lets them.
   */
  async remove(
    owner: RoomOwner,
    roomId: RoomId,
    identity: Identity,
    banReason: string | null,
  ): Promise<void> {
    const { moderation, bans } = this.#options;
    const present = await this.#find(roomId, identity);
    if (banReason !== null) {
      const bannedBy = owner.serviceUserId;
      const { userId, name } =
        present === undefined
          ? await this.#findPerson(owner, identity)
          : { userId: personOf(present), name: present.name };
      const ban = { roomId, userId, identity, name, bannedBy, reason: banReason };
      await bans.add(owner.serviceUserId, ban);
    }
    const userIds = present === undefined ? this.#candidates(owner, identity) : [personOf(present)];
    for (const userId of userIds) {
      await moderation.sendOut(roomId, userId);
    }
  }

  /** The latest first. */
  async listBans({ serviceUserId }: RoomOwner, roomId: RoomId): Promise<readonly RoomBan[]> {
    return await this.#options.bans.list(serviceUserId, roomId);
  }

  /** @throws AppError `not_found` where nobody of this identity is banned. */
  async liftBan({ serviceUserId }: RoomOwner, roomId: RoomId, identity: Identity): Promise<void> {
    if (!(await this.#options.bans.remove(serviceUserId, roomId, identity))) {
      throw new AppError('not_found', 'Nobody of this identity is banned');
    }
  }

  /**
   * Mutes a track; its owner may unmute it.
   *
   * @throws AppError `not_found`, `track_not_found`; `forbidden` for unmuting.
   */
  mute(roomId: RoomId, identity: Identity, request: MuteTrackRequest): Promise<TrackInfo> {
    return this.#mute({ roomId, identity }, request);
  }

  /** @throws AppError `not_found`; `forbidden` for who may receive nothing. */
  async updateSubscriptions(
    roomId: RoomId,
    identity: Identity,
    request: UpdateSubscriptionsRequest,
  ): Promise<void> {
    await this.#subscribe({ roomId, identity }, request);
  }

  /**
   * Calls a method of somebody's.
   *
   * @returns what became of it, failures included.
   * @throws AppError `not_found`; `rate_limited` where too many calls of them are unanswered.
   */
  call(roomId: RoomId, identity: Identity, contents: CallContents): Promise<RpcOutcome> {
    const withinMs = contents.responseTimeoutMs + CALL_GRACE_MS;
    return this.#call({ roomId, identity }, contents, withinMs);
  }

  /** The user behind an identity. */
  async userIdOf({ projectId }: RoomOwner, roomId: RoomId, identity: Identity): Promise<UserId> {
    const present = await this.#find(roomId, identity);
    return present?.userId ?? userIdOf(projectId, identity);
  }

  /** Does it in the process in which the person is. */
  #anywhere<What, Outcome>(
    name: string,
    act: (whom: Named, what: What) => Promise<Outcome>,
  ): Act<What, Outcome> {
    const { here, inquiries } = this.#options;
    const topic: Topic<
      { readonly whom: Named; readonly what: What },
      { readonly outcome: Outcome }
    > = { name: `participant_${name}` };
    inquiries.answer(topic, async ({ whom, what }) =>
      here.has(whom) ? { outcome: await act(whom, what) } : undefined,
    );
    return async (whom, what, withinMs) => {
      if (here.has(whom)) {
        return await act(whom, what);
      }
      const answer = await inquiries.find(topic, { whom, what }, withinMs);
      if (answer === undefined) {
        throw nobodyThere();
      }
      return answer.outcome;
    };
  }

  async #find(roomId: RoomId, identity: Identity): Promise<Present | undefined> {
    const { sessions, elsewhere } = this.#options;
    const stay = sessions.findStay(roomId, identity);
    return stay?.ticket ?? (await elsewhere.find(roomId, { identity }));
  }

  /** Guests have no other identity than the id of their user. */
  #candidates({ projectId }: RoomOwner, identity: Identity): readonly UserId[] {
    const userId = userIdOf(projectId, identity);
    return isUuid(identity) ? [userId, identity.toLowerCase()] : [userId];
  }

  /** Whom an identity means who is not there, who is made known where nobody knows them yet. */
  async #findPerson(owner: RoomOwner, identity: Identity): Promise<Person> {
    const candidates = this.#candidates(owner, identity);
    const known = await this.#options.database.asUser(owner.serviceUserId, (db) =>
      db.query<{ readonly id: UserId; readonly name: string }>(
        `SELECT id, concat_ws(' ', NULLIF(first_name, ''), NULLIF(last_name, '')) AS name
         FROM users WHERE id = ANY ($1) AND project_id = $2`,
        [candidates, owner.projectId],
      ),
    );
    const found = candidates.flatMap((id) => known.find((one) => one.id === id) ?? [])[0];
    if (found !== undefined) {
      return { userId: found.id, name: found.name };
    }
    const userId = await this.#options.users.add(owner.projectId, identity, identity);
    return { userId, name: identity };
  }
}
