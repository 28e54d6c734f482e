import type { ConnectionQuality, ParticipantId, RoomChange, RoomId } from '@balai/protocol';
import type { Clock } from '../../kernel/clock.ts';
import type { LineMeasurement, MediaPlane } from '../../media/media-plane.ts';
import type { Broadcast } from '../sessions/connection.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { RoomRelay } from '../sessions/sharing/room-relay.ts';
import type { Stay } from '../sessions/stay.ts';
import { gradeOf } from './grade.ts';
import { type SteadyQuality, steady } from './steady.ts';

/** What comes within this time of a message waits for the next one. */
export const TELL_INTERVAL_MS = 1_000;

export interface QualitiesOptions {
  readonly media: Pick<MediaPlane, 'events'>;
  readonly sessions: Pick<Sessions, 'events' | 'findParticipant'>;
  readonly broadcast: Broadcast;
  /** Default: nobody is in another process. */
  readonly relay?: RoomRelay;
  readonly clock: Clock;
}

/** How people of one process are connected, for the others. */
type Note = readonly {
  readonly participantId: ParticipantId;
  readonly quality: ConnectionQuality;
}[];
const SUBJECT = 'qualities';

interface Line {
  /** Of somebody in another process, as that one says. */
  elsewhere: ConnectionQuality | undefined;
  measured: SteadyQuality | undefined;
  /** The socket is gone, and may come back. */
  isAway: boolean;
  told: ConnectionQuality | undefined;
}

interface Room {
  readonly lines: Map<ParticipantId, Line>;
  /** They know of nobody yet. */
  readonly newcomers: Set<ParticipantId>;
  /** Whether another process has somebody new, who may know of nobody. */
  isUnknownElsewhere: boolean;
  toldAt: number;
  telling: NodeJS.Timeout | undefined;
}

/**
 * Tells people how well each of them is connected (SPEC 12): as the media plane
 * measures it, and lost while their socket is. A change costs one message for
 * the whole room, at most one in a second.
 */
export class Qualities {
  readonly #options: QualitiesOptions;
  readonly #rooms = new Map<RoomId, Room>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(options: QualitiesOptions) {
    this.#options = options;
    const { media, sessions } = options;
    this.#unsubscribe = [
      sessions.events.on('roomChanged', ({ roomId, change }) => this.#apply(roomId, change)),
      sessions.events.on('stayBegan', ({ stay }) => this.#greet(stay)),
      sessions.events.on('roomDeserted', ({ roomId }) => this.#drop(roomId)),
      sessions.events.on('staySuspended', ({ stay }) => this.#setAway(stay, true)),
      sessions.events.on('stayResumed', ({ stay }) => this.#setAway(stay, false)),
      media.events.on('lineMeasured', (measurement) => this.#take(measurement)),
    ];
    options.relay?.onNote(SUBJECT, (roomId, note) => this.#hear(roomId, note as Note));
  }

  /** Tells nothing any more. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const roomId of [...this.#rooms.keys()]) this.#drop(roomId);
  }

  #apply(roomId: RoomId, change: RoomChange): void {
    if (change.type === 'participantJoined') {
      const room = this.#rooms.get(roomId) ?? newRoom();
      this.#rooms.set(roomId, room);
      const { participantId } = change.participant;
      room.lines.set(participantId, {
        elsewhere: undefined,
        measured: undefined,
        isAway: false,
        told: undefined,
      });
      room.newcomers.add(participantId);
      if (!this.#isHere(participantId)) room.isUnknownElsewhere = true;
      if ([...room.lines.values()].some(({ told }) => told !== undefined)) {
        this.#tellSoon(roomId, room);
      }
    } else if (change.type === 'participantLeft') {
      const room = this.#rooms.get(roomId);
      room?.lines.delete(change.participantId);
      room?.newcomers.delete(change.participantId);
    }
  }

  /** Who is hidden, or was in the room already with another process, is to know the others all the same. */
  #greet({ participantId, ticket }: Stay): void {
    const room = this.#rooms.get(ticket.roomId);
    if (room !== undefined) {
      room.newcomers.add(participantId);
      this.#tellSoon(ticket.roomId, room);
    }
  }

  #take(measurement: LineMeasurement & { readonly participantId: ParticipantId }): void {
    this.#change(measurement.participantId, (line) => {
      line.elsewhere = undefined;
      line.measured = steady(line.measured, gradeOf(measurement), this.#options.clock());
    });
  }

  #hear(roomId: RoomId, note: Note): void {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return;
    for (const { participantId, quality } of note) {
      const line = room.lines.get(participantId);
      if (line !== undefined && !this.#isHere(participantId)) line.elsewhere = quality;
    }
    this.#tellSoon(roomId, room);
  }

  #isHere(participantId: ParticipantId): boolean {
    return this.#options.sessions.findParticipant(participantId) !== undefined;
  }

  #setAway({ participantId }: Stay, isAway: boolean): void {
    this.#change(participantId, (line) => {
      line.isAway = isAway;
    });
  }

  #change(participantId: ParticipantId, change: (line: Line) => void): void {
    const roomId = this.#options.sessions.findParticipant(participantId)?.ticket.roomId;
    const room = roomId === undefined ? undefined : this.#rooms.get(roomId);
    const line = room?.lines.get(participantId);
    if (roomId === undefined || room === undefined || line === undefined) return;
    change(line);
    if (qualityOf(line) !== line.told) this.#tellSoon(roomId, room);
  }

  #tellSoon(roomId: RoomId, room: Room): void {
    if (room.telling !== undefined) return;
    const waitMs = room.toldAt + TELL_INTERVAL_MS - this.#options.clock();
    room.telling = setTimeout(
      () => {
        room.telling = undefined;
        this.#tell(roomId, room);
      },
      Math.min(Math.max(waitMs, 0), TELL_INTERVAL_MS),
    );
  }

  #tell(roomId: RoomId, room: Room): void {
    const { sessions, broadcast, clock } = this.#options;
    room.toldAt = clock();
    const known: { participantId: ParticipantId; quality: ConnectionQuality }[] = [];
    const news: typeof known = [];
    for (const [participantId, line] of room.lines) {
      const quality = qualityOf(line);
      if (quality === undefined) continue;
      known.push({ participantId, quality });
      if (quality !== line.told) news.push({ participantId, quality });
      line.told = quality;
    }
    const newcomers = [...room.newcomers].flatMap((id) => sessions.findParticipant(id) ?? []);
    room.newcomers.clear();
    if (known.length > 0) {
      for (const { connection } of newcomers) {
        connection.send('qualitiesChanged', { qualities: known });
      }
    }
    const told = room.isUnknownElsewhere ? known : news;
    room.isUnknownElsewhere = false;
    const ofHere = told.filter(({ participantId }) => this.#isHere(participantId));
    if (ofHere.length > 0) this.#options.relay?.note(roomId, SUBJECT, ofHere);
    if (news.length === 0) return;
    const except = newcomers.map(({ connection }) => connection.id);
    broadcast(roomId, 'qualitiesChanged', { qualities: news }, except);
  }

  #drop(roomId: RoomId): void {
    clearTimeout(this.#rooms.get(roomId)?.telling);
    this.#rooms.delete(roomId);
  }
}

/** Undefined as long as nobody can know. */
function qualityOf({ elsewhere, measured, isAway, told }: Line): ConnectionQuality | undefined {
  if (isAway) return 'lost';
  if (elsewhere !== undefined) return elsewhere;
  // Who is back before anything was measured is not lost, and no more is known.
  return measured?.quality ?? (told === undefined ? undefined : 'good');
}

function newRoom(): Room {
  return {
    lines: new Map(),
    newcomers: new Set(),
    isUnknownElsewhere: false,
    toldAt: Number.NEGATIVE_INFINITY,
    telling: undefined,
  };
}
