import { isDeepStrictEqual } from 'node:util';
import type {
  MediaKind,
  RoomChange,
  RoomId,
  RoomSettings,
  Speaker,
  TrackId,
} from '@balai/protocol';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { Layers } from '../layers/layers.ts';
import type { Broadcast } from '../sessions/connection.ts';
import type { LiveRoomFacts } from '../sessions/live-room.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import { type Choice, isSameChoice } from './choose.ts';
import { RoomSpeakers, type SpeakerLimits } from './room-speakers.ts';

/** What the settings of a room say of speakers. */
export type SpeakerSettings = Pick<RoomSettings, 'loudest_n' | 'last_n'>;

/** People see who speaks at most so often. */
const TELL_INTERVAL_MS = 250;
/**
 * What people do by themselves, such as turning microphones on and off, changes who is heard
 * and seen at most so often: each change is one command for everybody. What is heard comes at
 * this pace anyway, and is followed at once.
 */
const CHOOSE_INTERVAL_MS = 250;

export interface SpeakersOptions {
  readonly media: Pick<MediaPlane, 'events'>;
  readonly sessions: Pick<Sessions, 'events'> & {
    findRoom(roomId: RoomId): Pick<LiveRoomFacts, 'isEmpty'> | undefined;
  };
  readonly layers: Pick<Layers, 'allow' | 'prefer'>;
  readonly broadcast: Broadcast;
  /** Reads what holds in the room of somebody who is there. */
  readonly readSettings: (stay: Stay) => Promise<SpeakerSettings>;
  /** What holds until the settings of a room are known, and where they cannot be read. */
  readonly defaults: SpeakerSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is kept of a room while somebody is there. */
interface Room {
  readonly speakers: RoomSpeakers;
  /** What the media plane holds to; undefined where a command failed. */
  readonly told: {
    audio: Choice | undefined;
    video: Choice | undefined;
    preferred: readonly TrackId[] | undefined;
  };
  chosenAt: number;
  choosing: NodeJS.Timeout | undefined;
  areSettingsKnown: boolean;
  /** Undefined while somebody may not know. */
  announced: readonly Speaker[] | undefined;
  announcedAt: number;
  announcing: NodeJS.Timeout | undefined;
  settling: NodeJS.Timeout | undefined;
}

/**
 * Tells people who speaks, and lets only the loudest be heard and the last who
 * spoke be seen in rooms where many would be.
 */
export class Speakers {
  readonly #options: SpeakersOptions;
  readonly #rooms = new Map<RoomId, Room>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(options: SpeakersOptions) {
    this.#options = options;
    const { media, sessions } = options;
    this.#unsubscribe = [
      sessions.events.on('roomChanged', ({ roomId, change }) => this.#apply(roomId, change)),
      sessions.events.on('stayBegan', ({ stay }) => this.#greet(stay)),
      sessions.events.on('roomDeserted', ({ roomId }) => this.#drop(roomId)),
      media.events.on('audioLevels', ({ roomId, levels }) => {
        const room = this.#rooms.get(roomId);
        if (room === undefined) return;
        room.speakers.hear(levels, options.clock());
        this.#choose(roomId, room);
        this.#follow(roomId, room);
      }),
    ];
  }

  /** The settings of a room are others. Nothing where nobody is. */
  setSettings(roomId: RoomId, settings: SpeakerSettings): void {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return;
    room.areSettingsKnown = true;
    room.speakers.setLimits(limitsOf(settings), this.#options.clock());
    this.#choose(roomId, room);
    this.#follow(roomId, room);
  }

  /** Tells and chooses nothing any more. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const roomId of [...this.#rooms.keys()]) this.#drop(roomId);
  }

  #apply(roomId: RoomId, change: RoomChange): void {
    const room = this.#getOrCreateRoom(roomId);
    room.speakers.apply(change, this.#options.clock());
    // Whoever just came has not been told anything.
    if (change.type === 'participantJoined' && room.announced?.length !== 0) {
      room.announced = undefined;
    }
    if (this.#isEmpty(roomId)) {
      Object.assign(room.told, { audio: undefined, video: undefined, preferred: undefined });
    }
    this.#chooseSoon(roomId, room);
    this.#follow(roomId, room);
  }

  /** Whether nobody of this process is there. */
  #isEmpty(roomId: RoomId): boolean {
    return this.#options.sessions.findRoom(roomId)?.isEmpty !== false;
  }

  /** Who is hidden, or was in the room already with another process, is to know who speaks all the same. */
  #greet(stay: Stay): void {
    const { roomId } = stay.ticket;
    const room = this.#getOrCreateRoom(roomId);
    if (!room.areSettingsKnown) void this.#readSettings(room, stay);
    this.#chooseSoon(roomId, room);
    if (room.announced?.length !== 0) {
      room.announced = undefined;
      this.#follow(roomId, room);
    }
  }

  #getOrCreateRoom(roomId: RoomId): Room {
    const room = this.#rooms.get(roomId) ?? newRoom(limitsOf(this.#options.defaults));
    this.#rooms.set(roomId, room);
    return room;
  }

  /** Never rejects: the next who comes tries again. */
  async #readSettings(room: Room, stay: Stay): Promise<void> {
    const { readSettings, logger } = this.#options;
    const { roomId } = stay.ticket;
    try {
      const settings = await readSettings(stay);
      // What was written meanwhile is newer.
      if (this.#rooms.get(roomId) === room && !room.areSettingsKnown) {
        this.setSettings(roomId, settings);
      }
    } catch (error) {
      logger.warn({ err: error, roomId }, 'the settings of a room could not be read');
    }
  }

  /** Brings everybody in line with what holds now. */
  #follow(roomId: RoomId, room: Room): void {
    this.#announceSoon(roomId, room);
    clearTimeout(room.settling);
    const { nextSettlingAt } = room.speakers;
    if (nextSettlingAt === undefined) return;
    room.settling = setTimeout(
      () => {
        room.speakers.settle(this.#options.clock());
        this.#choose(roomId, room);
        this.#follow(roomId, room);
      },
      // A timer may be early by a fraction, and must not come back for that.
      Math.max(1, nextSettlingAt - this.#options.clock() + 1),
    );
  }

  #chooseSoon(roomId: RoomId, room: Room): void {
    if (room.choosing !== undefined) return;
    const waitMs = room.chosenAt + CHOOSE_INTERVAL_MS - this.#options.clock();
    if (waitMs <= 0) {
      this.#choose(roomId, room);
      return;
    }
    const wait = Math.min(waitMs, CHOOSE_INTERVAL_MS);
    room.choosing = setTimeout(() => this.#choose(roomId, room), wait);
  }

  /** Has delivered what is chosen now. */
  #choose(roomId: RoomId, room: Room): void {
    clearTimeout(room.choosing);
    room.choosing = undefined;
    // Other processes choose, who know its settings.
    if (this.#isEmpty(roomId)) return;
    this.#allow(roomId, room, 'audio');
    this.#allow(roomId, room, 'video');
    this.#prefer(roomId, room);
  }

  #prefer(roomId: RoomId, room: Room): void {
    const { preferred } = room.speakers;
    if (isDeepStrictEqual(preferred, room.told.preferred)) return;
    room.told.preferred = preferred;
    this.#options.layers.prefer(roomId, preferred).catch((error: unknown) => {
      this.#options.logger.warn({ err: error, roomId }, 'who comes first was not changed');
      this.#chooseAgain(roomId, room, 'preferred');
    });
  }

  #allow(roomId: RoomId, room: Room, kind: MediaKind): void {
    const choice = room.speakers[kind];
    const told = room.told[kind];
    if (told !== undefined && isSameChoice(choice, told)) return;
    room.told[kind] = choice;
    room.chosenAt = this.#options.clock();
    this.#options.layers.allow(roomId, kind, choice).catch((error: unknown) => {
      this.#options.logger.warn({ err: error, roomId, kind }, 'who is heard was not changed');
      this.#chooseAgain(roomId, room, kind);
    });
  }

  /** What the media plane did not take, it is told again: people would stay unheard. */
  #chooseAgain(roomId: RoomId, room: Room, what: keyof Room['told']): void {
    if (this.#rooms.get(roomId) !== room) return;
    room.told[what] = undefined;
    room.chosenAt = this.#options.clock();
    this.#chooseSoon(roomId, room);
  }

  #announceSoon(roomId: RoomId, room: Room): void {
    if (room.announcing !== undefined || isTold(room)) return;
    const waitMs = room.announcedAt + TELL_INTERVAL_MS - this.#options.clock();
    room.announcing = setTimeout(
      () => {
        room.announcing = undefined;
        if (isTold(room)) return;
        const { speakers } = room.speakers;
        room.announced = speakers;
        room.announcedAt = this.#options.clock();
        this.#options.broadcast(roomId, 'speakersChanged', { speakers }, []);
      },
      Math.min(Math.max(waitMs, 0), TELL_INTERVAL_MS),
    );
  }

  #drop(roomId: RoomId): void {
    const room = this.#rooms.get(roomId);
    clearTimeout(room?.announcing);
    clearTimeout(room?.settling);
    clearTimeout(room?.choosing);
    this.#rooms.delete(roomId);
  }
}

function limitsOf({ loudest_n, last_n }: SpeakerSettings): SpeakerLimits {
  return { loudest: loudest_n, last: last_n };
}

function newRoom(limits: SpeakerLimits): Room {
  return {
    speakers: new RoomSpeakers(limits),
    told: { audio: 'all', video: 'all', preferred: [] },
    chosenAt: Number.NEGATIVE_INFINITY,
    choosing: undefined,
    areSettingsKnown: false,
    announced: [],
    announcedAt: Number.NEGATIVE_INFINITY,
    announcing: undefined,
    settling: undefined,
  };
}

function isTold({ speakers, announced }: Room): boolean {
  return isDeepStrictEqual(speakers.speakers, announced);
}
