import type {
  DisconnectReason,
  Identity,
  ParticipantId,
  ParticipantInfo,
  RoomChange,
  RoomId,
  RoomInfo,
  TrackId,
  TrackInfo,
} from '@balai/protocol';
import type { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { UserId } from '../../kernel/route.ts';
import { WaitingLine } from '../../kernel/waiting-line.ts';
import type { Broadcast } from './connection.ts';
import { applyChange, isOwnNews, type RoomView, subjectOf } from './room-view.ts';
import type { Seat } from './seats.ts';
import type { RoomSharing, SharedView, ShareRoom } from './sharing/room-sharing.ts';
import { changesBetween } from './sharing/view-difference.ts';
import type { Stay } from './stay.ts';

/**
 * Changes that come within this time of a batch wait for the next one. A batch
 * costs as much as there are people, so that large rooms wait a little longer.
 */
const BATCH_INTERVAL_MS = { least: 20, perMember: 0.5, most: 250 } as const;
/** Joins that get their media at the same time: the first of a crowd need not wait for the last. */
const ENTRANCES_AT_ONCE = 6;

interface Member {
  readonly stay: Stay;
  /** Number of the last change that its `joined` contained. */
  readonly knownChanges: number;
}

interface NumberedChange {
  readonly number: number;
  readonly change: RoomChange;
}

export interface LiveRoomOptions {
  readonly roomId: RoomId;
  readonly broadcast: Broadcast;
  readonly clock: Clock;
  /** Called when a participant has just been told of tracks that somebody else published. */
  readonly tracksAnnounced: (stay: Stay, trackIds: readonly TrackId[]) => void;
  /** Called with each change as it becomes true, before anybody is told. */
  readonly recorded: (change: RoomChange) => void;
  readonly shareRoom: ShareRoom;
  /** Called for who has come in again in another process. */
  readonly displaced: (stay: Stay) => void;
  /** Called for a stay with which another process goes on. */
  readonly adoptedElsewhere: (stay: Stay) => void;
}

/** What others may know of a room of this process. */
export type LiveRoomFacts = Pick<
  LiveRoom,
  'isEmpty' | 'stays' | 'tracksOf' | 'infoOf' | 'isElsewhere' | 'hasPeopleElsewhere'
>;

/**
 * The people of one room in this process, and the log of what changes among
 * them and those whom other processes have in it. Every change goes through `record`, which both changes the view that
 * newcomers get and tells those who are there, so that the two cannot differ.
 */
export class LiveRoom implements SharedView {
  readonly roomId: RoomId;
  /** Joins under way, and others who need the room: it lives on while there are any. */
  keepers = 0;
  readonly entrance = new WaitingLine({
    atOnce: ENTRANCES_AT_ONCE,
    waiting: Number.POSITIVE_INFINITY,
  });
  /** Set when the room was closed: a join under way fails with it. */
  closure: AppError | undefined;
  readonly #options: LiveRoomOptions;
  readonly #sharing: RoomSharing;
  readonly #view: RoomView = new Map();
  readonly #members = new Map<ParticipantId, Member>();
  readonly #byIdentity = new Map<Identity, Stay>();
  readonly #byUser = new Map<UserId, Stay>();
  /** Those of whom nobody is told, as they would be seen. */
  readonly #hidden: RoomView = new Map();
  /** Those who came since the last batch, and are not in it. */
  readonly #unannounced = new Set<ParticipantId>();
  /** The room as it was last told, and how often it was. */
  #info: RoomInfo | undefined;
  #infoChanges = 0;
  #changeCount = 0;
  #pending: NumberedChange[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastBatchAt = Number.NEGATIVE_INFINITY;

  constructor(options: LiveRoomOptions) {
    this.roomId = options.roomId;
    this.#options = options;
    this.#sharing = options.shareRoom(this);
  }

  /** Settles when it is known whom other processes have in the room. @throws AppError `unavailable`. */
  ready(): Promise<void> {
    return this.#sharing.ready();
  }

  get view(): ReadonlyMap<ParticipantId, ParticipantInfo> {
    return this.#view;
  }

  /** Whether people of the room are in other processes. */
  get hasPeopleElsewhere(): boolean {
    return this.#sharing.hasPeopleElsewhere;
  }

  isElsewhere(participantId: ParticipantId): boolean {
    return this.#sharing.isElsewhere(participantId);
  }

  /** Whether nobody is in it in this process. */
  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  stays(): Stay[] {
    return [...this.#members.values()].map((member) => member.stay);
  }

  /** The seats that the people of this process hold. */
  seats(): Seat[] {
    const { roomId } = this;
    return this.stays().map(({ participantId, ticket: { userId } }) => ({
      roomId,
      userId,
      participantId,
    }));
  }

  /** What a newcomer is to know, unsent changes included. */
  participants(): ParticipantInfo[] {
    return [...this.#view.values()];
  }

  /** How often the room itself changed: what was read of it before is older than `info`. */
  get infoChanges(): number {
    return this.#infoChanges;
  }

  /** The room as the last change of it says; undefined where there was none. */
  get info(): RoomInfo | undefined {
    return this.#info;
  }

  /** Of everybody, or of everybody else. */
  trackIds(except?: ParticipantId): TrackId[] {
    return this.participants()
      .filter(({ participantId }) => participantId !== except)
      .flatMap(({ tracks }) => tracks.map(({ trackId }) => trackId));
  }

  /** What a participant publishes. */
  tracksOf(participantId: ParticipantId): readonly TrackInfo[] {
    return this.infoOf(participantId)?.tracks ?? [];
  }

  /** A participant as the others see them, or would if they were not hidden. */
  infoOf(participantId: ParticipantId): ParticipantInfo | undefined {
    return this.#view.get(participantId) ?? this.#hidden.get(participantId);
  }

  findStay(identity: Identity): Stay | undefined {
    return this.#byIdentity.get(identity);
  }

  findStayOf(userId: UserId): Stay | undefined {
    return this.#byUser.get(userId);
  }

  findParticipant(participantId: ParticipantId): Stay | undefined {
    return this.#members.get(participantId)?.stay;
  }

  /** Whether somebody in the room publishes this track. */
  hasTrack(participantId: ParticipantId, trackId: TrackId): boolean {
    const participant = this.#view.get(participantId);
    return participant?.tracks.some((track) => track.trackId === trackId) ?? false;
  }

  /** Adds a stay that knows everything up to now: call it in one go with `participants`. */
  enter(stay: Stay, self: ParticipantInfo): void {
    this.#members.set(stay.participantId, { stay, knownChanges: this.#changeCount });
    this.#byIdentity.set(stay.ticket.identity, stay);
    this.#byUser.set(stay.ticket.userId, stay);
    if (stay.ticket.grants.hidden) {
      this.#hidden.set(stay.participantId, self);
      this.#unannounced.add(stay.participantId);
    } else {
      this.record({ type: 'participantJoined', participant: self });
    }
  }

  /** Who is known by this identity in another process leaves, as they come in here. */
  replaceElsewhere(identity: Identity): void {
    for (const person of this.participants()) {
      const { participantId, isForwarded } = person;
      if (
        person.identity === identity &&
        !isForwarded &&
        this.#sharing.isElsewhere(participantId)
      ) {
        this.record({ type: 'participantLeft', participantId, reason: 'duplicate_identity' });
      }
    }
  }

  /** For the others, somebody leaves who stays. */
  hide({ participantId }: Stay): void {
    const info = this.#view.get(participantId);
    if (info !== undefined) {
      this.record({ type: 'participantLeft', participantId, reason: 'client_initiated' });
      this.#hidden.set(participantId, info);
    }
  }

  /** For the others, somebody comes who was there. */
  show({ participantId }: Stay): void {
    const participant = this.#hidden.get(participantId);
    if (participant !== undefined) {
      this.#hidden.delete(participantId);
      this.record({ type: 'participantJoined', participant });
    }
  }

  /** Removes a stay; what is still unsent is not for it any more. */
  remove(stay: Stay): void {
    this.#members.delete(stay.participantId);
    this.#hidden.delete(stay.participantId);
    this.#unannounced.delete(stay.participantId);
    if (this.#byIdentity.get(stay.ticket.identity) === stay) {
      this.#byIdentity.delete(stay.ticket.identity);
    }
    if (this.#byUser.get(stay.ticket.userId) === stay) {
      this.#byUser.delete(stay.ticket.userId);
    }
  }

  /** Somebody who is in the room already goes on with this process: nobody is told. */
  adopt(stay: Stay, info: ParticipantInfo): void {
    const { participantId, ticket } = stay;
    this.#members.set(participantId, { stay, knownChanges: this.#changeCount });
    this.#byIdentity.set(ticket.identity, stay);
    this.#byUser.set(ticket.userId, stay);
    // What waits to be told is in its snapshot.
    this.#unannounced.add(participantId);
    if (ticket.grants.hidden) {
      this.#hidden.set(participantId, info);
      return;
    }
    const known = this.#view.get(participantId);
    const before = new Map(known === undefined ? [] : [[participantId, known]]);
    this.#sharing.adopt(participantId);
    for (const change of changesBetween(before, new Map([[participantId, info]]))) {
      this.record(change);
    }
  }

  /** Another process goes on with a stay that was removed: for the others nothing changes. */
  async handOn({ participantId }: Stay, processId: string): Promise<void> {
    await this.#sharing.handOn(participantId, processId);
  }

  /** The stay of somebody in another process turned out to be over: nobody goes on with it. */
  giveUp(participantId: ParticipantId): void {
    if (this.#view.has(participantId) && this.#sharing.isElsewhere(participantId)) {
      this.record({ type: 'participantLeft', participantId, reason: 'signal_close' });
    }
  }

  /** Makes a change true, and tells the others with the next batch. */
  record(change: RoomChange): void {
    const subject = subjectOf(change);
    if (subject !== null && this.#hidden.has(subject)) {
      this.#recordHidden(subject, change);
      return;
    }
    this.#apply(change);
    this.#sharing.share(change);
  }

  letGo(participantId: ParticipantId): void {
    const stay = this.findParticipant(participantId);
    if (stay !== undefined) this.#options.adoptedElsewhere(stay);
  }

  hear(change: RoomChange): void {
    if (this.closure === undefined) {
      this.#apply(change);
    }
  }

  displace(participantId: ParticipantId): void {
    const stay = this.findParticipant(participantId);
    if (stay !== undefined) {
      this.#options.displaced(stay);
    }
  }

  #apply(change: RoomChange): void {
    this.#changeCount += 1;
    this.#pending.push({ number: this.#changeCount, change });
    applyChange(this.#view, change);
    if (change.type === 'roomUpdated') {
      this.#info = change.room;
      this.#infoChanges += 1;
    }
    this.#options.recorded(change);
    if (this.#timer === undefined) {
      const { least, perMember, most } = BATCH_INTERVAL_MS;
      const intervalMs = Math.min(Math.max(this.#members.size * perMember, least), most);
      const waitMs = this.#lastBatchAt + intervalMs - this.#options.clock();
      this.#timer = setTimeout(() => this.flush(), Math.min(Math.max(waitMs, 0), intervalMs));
    }
  }

  /** Sends the changes that wait, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastBatchAt = this.#options.clock();
    const batch = this.#pending;
    this.#pending = [];

    // Whoever came after the first of these changes stands in the batch, as
    // everybody does who is not to hear of themselves. All others get the same.
    const subjects = batch.map(({ change }) => (isOwnNews(change) ? null : subjectOf(change)));
    const apart = [...new Set([...subjects, ...this.#unannounced])].flatMap((id) =>
      id === null ? [] : (this.#members.get(id) ?? []),
    );
    this.#unannounced.clear();
    if (apart.length < this.#members.size) {
      const changes = batch.map(({ change }) => change);
      const except = apart.map(({ stay }) => stay.connection.id);
      this.#options.broadcast(this.roomId, 'changed', { changes }, except);
    }
    for (const member of apart) {
      const changes = changesFor(member, batch);
      if (changes.length > 0) {
        member.stay.connection.send('changed', { changes });
      }
    }
    this.#announceTracks(batch, new Set(apart));
  }

  /**
   * Forgets what is unsent. Nobody here is told: whoever closes the room tells them.
   *
   * @param reason Why those leave who are here still; other processes hear it.
   */
  close(closure: AppError, reason: DisconnectReason = 'signal_close'): void {
    this.closure = closure;
    this.#sharing.close(
      [...this.#view.keys()].flatMap((participantId) =>
        this.#sharing.isElsewhere(participantId)
          ? []
          : [{ type: 'participantLeft', participantId, reason }],
      ),
    );
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = [];
  }

  /** Only they themselves hear of it, if anybody. */
  #recordHidden(participantId: ParticipantId, change: RoomChange): void {
    applyChange(this.#hidden, change);
    if (isOwnNews(change)) {
      this.#members.get(participantId)?.stay.connection.send('changed', { changes: [change] });
    }
  }

  #announceTracks(batch: readonly NumberedChange[], apart: ReadonlySet<Member>): void {
    const forMost = this.#publishedTracks(batch.map(({ change }) => change));
    if (forMost.length === 0) {
      return;
    }
    for (const member of [...this.#members.values()]) {
      const trackIds = apart.has(member)
        ? this.#publishedTracks(changesFor(member, batch))
        : forMost;
      if (trackIds.length > 0) {
        this.#options.tracksAnnounced(member.stay, trackIds);
      }
    }
  }

  /** Of the tracks that the changes publish, those that are there still. */
  #publishedTracks(changes: readonly RoomChange[]): TrackId[] {
    return changes.flatMap((change) =>
      change.type === 'trackPublished' &&
      this.hasTrack(change.track.participantId, change.track.trackId)
        ? [change.track.trackId]
        : [],
    );
  }
}

function changesFor(member: Member, batch: readonly NumberedChange[]): RoomChange[] {
  return batch.flatMap(({ number, change }) =>
    number > member.knownChanges &&
    (isOwnNews(change) || subjectOf(change) !== member.stay.participantId)
      ? [change]
      : [],
  );
}
