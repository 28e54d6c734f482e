import type { ParticipantId, ParticipantInfo, RoomChange } from '@balai/protocol';
import type { Logger } from '../../../kernel/logger.ts';
import { SerialQueue } from '../../../kernel/serial-queue.ts';
import { applyChange, subjectOf } from '../room-view.ts';
import type { HandedOnLately } from './handed-on-lately.ts';
import type { PeopleRecord } from './people-record.ts';
import type { RoomSharing, SharedView } from './room-sharing.ts';
import { arrivalOf, changesBetween, copyOf } from './view-difference.ts';

/** What comes out of order is waited for so long, before everything is read anew. */
const GAP_WAIT_MS = 200;

/** What a process tells the others of a room. */
export interface ToldChanges {
  readonly processId: string;
  /** Of the record of the room, with these changes. */
  readonly version: number;
  readonly changes: readonly RoomChange[];
  /** People of other processes with whom this one goes on. */
  readonly adopted?: readonly ParticipantId[];
}

/** What sharing a room takes. */
export interface SharedRoomOptions {
  readonly room: SharedView;
  readonly processId: string;
  readonly record: PeopleRecord;
  /** Whom this process has let others have lately, in any room that it had: it may be a new one by now. */
  readonly handedOn: HandedOnLately;
  /** Called when somebody is left to whichever process comes after this one. */
  readonly leavesPeople: () => void;
  /** @throws AppError `unavailable`. */
  readonly tell: (told: ToldChanges) => Promise<void>;
  /** Settles when what this process wrote of the room before is written. */
  readonly before: Promise<void>;
  /** Called when `close` was called. */
  readonly closed: () => void;
  readonly logger: Logger;
}

/**
 * One room over all processes that have people in it. Each writes its own people into the
 * record of the room, which counts what is written, and then tells the others what changed.
 * Who hears everything in the order of that count has what the record has. Where something is
 * missing, the record is read and compared with the view, so that people hear of the difference.
 */
export class SharedRoom implements RoomSharing {
  readonly #options: SharedRoomOptions;
  readonly #queue = new SerialQueue();
  /** In which process those are who are not here. */
  readonly #elsewhere = new Map<ParticipantId, string>();
  /** What was heard and has to wait: by version. */
  readonly #early = new Map<number, ToldChanges>();
  #pending: RoomChange[] = [];
  /** Whom this process has taken over, with the version that says so; 0 until that is written. */
  readonly #adopted = new Map<ParticipantId, number>();
  #isWriting = false;
  /** Undefined until the record was read. */
  #version: number | undefined;
  #isReading = false;
  #isAstray = false;
  #isClosed = false;
  #loading: Promise<void> | undefined;
  #gapTimer: NodeJS.Timeout | undefined;

  constructor(options: SharedRoomOptions) {
    this.#options = options;
  }

  async ready(): Promise<void> {
    if (this.#version !== undefined) {
      return;
    }
    this.#loading ??= this.#options.before
      .then(() => this.#queue.run(() => this.#compare()))
      .finally(() => {
        this.#loading = undefined;
      });
    await this.#loading;
  }

  share(change: RoomChange): void {
    // The room itself is told of by other news.
    if (subjectOf(change) === null || this.#isClosed) {
      return;
    }
    if (change.type === 'participantLeft') {
      this.#elsewhere.delete(change.participantId);
      this.#adopted.delete(change.participantId);
    }
    this.#pending.push(change);
    this.#writeSoon();
  }

  adopt(participantId: ParticipantId): void {
    this.#options.handedOn.delete(participantId);
    this.#elsewhere.delete(participantId);
    this.#adopted.set(participantId, 0);
    this.#writeSoon();
  }

  async handOn(participantId: ParticipantId, processId: string): Promise<void> {
    if (processId === this.#options.processId) this.#options.leavesPeople();
    this.#adopted.delete(participantId);
    this.#options.handedOn.add(participantId);
    if (this.#options.room.view.has(participantId)) this.#elsewhere.set(participantId, processId);
    await this.settled();
  }

  get hasPeopleElsewhere(): boolean {
    return this.#elsewhere.size > 0;
  }

  isElsewhere(participantId: ParticipantId): boolean {
    return this.#elsewhere.has(participantId);
  }

  close(last: readonly RoomChange[]): void {
    for (const change of last) {
      this.share(change);
    }
    this.#isClosed = true;
    clearTimeout(this.#gapTimer);
    this.#options.closed();
  }

  /** Whether something is missing, as far as is known. */
  get isAstray(): boolean {
    return this.#isAstray;
  }

  /** Settles when what was to be written is, or could not be. */
  async settled(): Promise<void> {
    await this.#queue.run(() => undefined);
  }

  /** Another process has told something. Of this one only the version counts. */
  hear(told: ToldChanges): void {
    if (this.#isClosed) {
      return;
    }
    this.#early.set(told.version, told);
    if (!this.#isReading && this.#version !== undefined) {
      this.#catchUp();
    }
  }

  /** In which other processes people of the room are. */
  processes(): ReadonlySet<string> {
    return new Set(this.#elsewhere.values());
  }

  /** A process is gone, and with it its people. Never rejects. */
  async drop(processId: string): Promise<void> {
    const gone = [...this.#elsewhere].flatMap(([id, owner]) => (owner === processId ? [id] : []));
    for (const participantId of gone) {
      this.#options.handedOn.delete(participantId);
      this.#apply({ type: 'participantLeft', participantId, reason: 'signal_close' }, processId);
    }
    if (gone.length > 0) {
      // Reading the record takes them out of it.
      await this.reconcile();
    }
  }

  /** Reads and compares, where something may be missing. Never rejects. */
  async reconcile(): Promise<void> {
    await this.#attempt(() => this.#queue.run(() => this.#compare()));
  }

  /** Keeps the record, and looks whether anything was missed. Never rejects. */
  async renew(): Promise<void> {
    // Another one of this process may have the room by now, and its people in the record.
    if (this.#isClosed) return;
    await this.#attempt(async () => {
      const version = await this.#options.record.renew(this.#id);
      if (this.#isClosed) return;
      if (this.#isAstray || version !== this.#version) {
        await this.#queue.run(() => this.#compare());
      }
    });
  }

  /** As `renew`, where it is known that something is missing. Never rejects. */
  async mend(): Promise<void> {
    if (this.#isAstray) {
      await this.reconcile();
    }
  }

  get #id(): string {
    return this.#options.room.roomId;
  }

  #writeSoon(): void {
    if (!this.#isWriting) {
      this.#isWriting = true;
      void this.#attempt(() =>
        this.#queue.run(async () => {
          this.#isWriting = false;
          await (this.#isAstray || this.#version === undefined ? this.#compare() : this.#write());
        }),
      );
    }
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#isAstray = true;
      const { logger } = this.#options;
      logger.warn({ err: error, roomId: this.#id }, 'a room is not in line with other processes');
    }
  }

  /** What was to be written when this fails is found by the next comparison. */
  async #write(): Promise<void> {
    // Who was handed on meanwhile is not written as of this process any more.
    const changes = this.#pending.filter((change) => !this.#elsewhere.has(subjectOf(change) ?? ''));
    this.#pending = [];
    const adopted = [...this.#adopted].flatMap(([id, since]) => (since === 0 ? [id] : []));
    if (changes.length + adopted.length === 0) {
      return;
    }
    const { room, record, processId, tell } = this.#options;
    const people = new Map<ParticipantId, ParticipantInfo | null>();
    for (const participantId of [...adopted, ...changes.map(subjectOf)]) {
      if (participantId !== null) {
        people.set(participantId, this.#isClosed ? null : (room.view.get(participantId) ?? null));
      }
    }
    const version = await record.write(this.#id, people);
    for (const participantId of adopted) {
      if (this.#adopted.has(participantId)) this.#adopted.set(participantId, version);
    }
    if (version <= (this.#version ?? 0)) {
      // Redis has lost the record, and counts anew.
      this.#isAstray = true;
    }
    await tell({ processId, version, changes, adopted });
  }

  /** Makes view and record the same: each side has its own people right. */
  async #compare(): Promise<void> {
    const { record, processId, handedOn } = this.#options;
    this.#isReading = true;
    try {
      const { version, people } = await record.read(this.#id);
      const others = new Set([...people.values()].map((person) => person.processId));
      others.delete(processId);
      const gone = new Set(others.size === 0 ? [] : await record.findGone([...others]));
      const ours = new Map<ParticipantId, ParticipantInfo>();
      const theirs = new Map<ParticipantId, ParticipantInfo>();
      const left = new Map([...gone].map((id) => [id, [] as ParticipantId[]]));
      for (const [participantId, person] of people) {
        if (person.processId === processId && handedOn.has(participantId)) {
          // Who goes on with them is about to say so.
          theirs.set(participantId, person.info);
        } else if (person.processId === processId || this.#adopted.get(participantId) === 0) {
          ours.set(participantId, person.info);
        } else if (gone.has(person.processId)) {
          left.get(person.processId)?.push(participantId);
        } else {
          theirs.set(participantId, person.info);
        }
      }
      // A process that is alive after all sees by it that it has to write them again.
      for (const [id, participantIds] of left) {
        await record.forget(this.#id, id, participantIds);
      }
      this.#takeIn(theirs, people, version);
      this.#owe(ours);
      if (version < (this.#version ?? 0)) {
        // Redis has lost what it had, and counts anew.
        this.#early.clear();
        for (const [id, since] of this.#adopted) if (since > 0) this.#adopted.delete(id);
      }
      this.#version = version;
      this.#isAstray = false;
    } finally {
      this.#isReading = false;
    }
    this.#catchUp();
    await this.#write();
  }

  #takeIn(
    theirs: ReadonlyMap<ParticipantId, ParticipantInfo>,
    people: ReadonlyMap<ParticipantId, { readonly processId: string }>,
    version: number,
  ): void {
    const { room } = this.#options;
    const { view } = room;
    for (const participantId of theirs.keys()) {
      const owner = people.get(participantId)?.processId;
      if (owner === undefined || owner === this.#options.processId) continue;
      this.#noteAdoption(participantId, owner, version);
    }
    const known = [...this.#elsewhere.keys()].flatMap((id) => {
      const info = view.get(id);
      return info === undefined ? [] : [[id, info] as const];
    });
    for (const change of this.#isClosed ? [] : changesBetween(new Map(known), theirs)) {
      const subject = subjectOf(change) ?? '';
      const owner = people.get(subject)?.processId ?? this.#elsewhere.get(subject);
      if (owner !== undefined) {
        this.#apply(change, owner);
      }
    }
  }

  /** Adds to what is to be written what the record would lack or have too much with it. */
  #owe(ours: ReadonlyMap<ParticipantId, ParticipantInfo>): void {
    const expected = copyOf(ours);
    for (const change of this.#pending) {
      applyChange(expected, change);
    }
    const actual = new Map(
      this.#isClosed ? [] : [...this.#options.room.view].filter(([id]) => !this.#elsewhere.has(id)),
    );
    this.#pending.push(...changesBetween(expected, actual));
  }

  #catchUp(): void {
    clearTimeout(this.#gapTimer);
    if (this.#isClosed) {
      this.#early.clear();
      return;
    }
    for (const version of [...this.#early.keys()].sort((one, other) => one - other)) {
      const told = this.#early.get(version);
      const next = (this.#version ?? 0) + 1;
      if (told === undefined || version > next) {
        break;
      }
      this.#early.delete(version);
      if (version === next) {
        this.#version = version;
        this.#follow(told);
      }
    }
    if (this.#early.size > 0) {
      this.#gapTimer = setTimeout(() => void this.reconcile(), GAP_WAIT_MS);
    }
  }

  /** Another process says that it has somebody. Of two that say so it is the later one. */
  #noteAdoption(participantId: ParticipantId, processId: string, version: number): void {
    const { room } = this.#options;
    if (!room.view.has(participantId)) return;
    const isHere = !this.#elsewhere.has(participantId);
    const since = this.#adopted.get(participantId);
    // What is not written yet is going to be later still: what was before has been heard.
    if (isHere && since !== undefined && (since === 0 || since > version)) return;
    this.#adopted.delete(participantId);
    this.#elsewhere.set(participantId, processId);
    if (isHere) room.letGo(participantId);
  }

  #follow({ processId, version, changes, adopted = [] }: ToldChanges): void {
    if (processId !== this.#options.processId) {
      for (const participantId of adopted) this.#noteAdoption(participantId, processId, version);
      for (const change of changes) {
        this.#apply(change, processId);
      }
    }
  }

  /** What a change says of people that are known otherwise already is not told again. */
  #apply(change: RoomChange, processId: string): void {
    const { room } = this.#options;
    const subject = subjectOf(change);
    if (subject === null) {
      return;
    }
    const known = room.view.get(subject);
    if (change.type === 'participantJoined') {
      if (known === undefined) {
        this.#elsewhere.set(subject, processId);
        this.#displace(change.participant);
        for (const step of arrivalOf(change.participant)) {
          room.hear(step);
        }
      }
    } else if (known !== undefined && this.#elsewhere.has(subject)) {
      room.hear(change);
      if (change.type === 'participantLeft') {
        this.#elsewhere.delete(subject);
      }
    } else if (change.type === 'participantLeft') {
      room.displace(subject);
    }
  }

  /** Who comes in elsewhere later than here leaves here, as the seat is theirs. */
  #displace({ identity, joinedAt, isForwarded }: ParticipantInfo): void {
    if (isForwarded) {
      return;
    }
    const { room } = this.#options;
    for (const person of [...room.view.values()]) {
      const isHere = !person.isForwarded && !this.#elsewhere.has(person.participantId);
      if (isHere && person.identity === identity && person.joinedAt < joinedAt) {
        room.displace(person.participantId);
      }
    }
  }
}
