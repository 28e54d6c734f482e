import type { Grants, Identity, Joined, RoomId } from '@balai/protocol';
import { AppError } from '../../../kernel/app-error.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { createLogger } from '../../../kernel/logger.ts';
import { ticketOf } from '../../../kernel/room-ticket.ts';
import type { RoomTicket } from '../../../kernel/route.ts';
import type { Attendance } from '../attendance.ts';
import type { RoomFacts } from '../join-desk.ts';
import type { Handover } from '../resuming/adoptions.ts';
import { Sessions } from '../sessions.ts';
import type { ShareRoom } from '../sharing/room-sharing.ts';
import type { Stay } from '../stay.ts';
import { type FakeClient, FakeHub } from './fake-clients.ts';
import { FakeMediaPlane } from './fake-media-plane.ts';
import { FakeAttendance, FakeNegotiations, FakeSeats } from './fake-stores.ts';

export const ALL_GRANTS: Grants = {
  publish: { camera: true, microphone: true, screen_share: true, screen_share_audio: true },
  subscribe: true,
  data: true,
  hidden: false,
  moderate: false,
  updateSelf: true,
};

export interface Actor {
  readonly client: FakeClient;
  readonly stay: Stay;
  readonly joined: Joined;
}

/** Sessions on fakes: one place from which tests pull every string. */
export class Scene {
  readonly media: FakeMediaPlane;
  readonly hub = new FakeHub();
  readonly seats: FakeSeats;
  readonly negotiations = new FakeNegotiations();
  readonly attendance = new FakeAttendance();
  readonly facts: Pick<
    { -readonly [K in keyof RoomFacts]: RoomFacts[K] },
    'status' | 'maxUsers' | 'duplicateIdentity'
  > = {
    status: 'active',
    maxUsers: 10,
  };
  /** Throws for whom the door is shut. */
  admitTicket: (ticket: RoomTicket, isPresent: boolean) => RoomTicket = (ticket) => ticket;
  readonly logger = createLogger('silent');
  readonly sessions: Sessions;

  /**
   * @param options.attendance Default: one in memory.
   * @param options.media, options.seats For scenes that have them in common. Default: their own.
   * @param options.shareRoom Default: with nobody.
   * @param options.admitCheck Default: any number of connection checks may run.
   */
  constructor(
    options: {
      readonly heartbeatMs?: number;
      readonly attendance?: Attendance;
      readonly admitCheck?: (ticket: RoomTicket) => void;
      readonly media?: FakeMediaPlane;
      readonly seats?: FakeSeats;
      readonly shareRoom?: ShareRoom;
      readonly handover?: Handover;
    } = {},
  ) {
    this.media = options.media ?? new FakeMediaPlane();
    this.seats = options.seats ?? new FakeSeats();
    this.sessions = new Sessions({
      media: this.media,
      seats: this.seats,
      negotiations: this.negotiations,
      attendance: this.attendance,
      getRoom: async (roomId) => {
        if (roomId === 'nowhere') {
          throw new AppError('room_not_found');
        }
        return {
          id: roomId,
          name: `Room ${roomId}`,
          metadata: '',
          isLocked: false,
          spotlight: [],
          breakoutOf: null,
          ...this.facts,
        };
      },
      addPerson: async (projectId, identity) => `${identity} of ${projectId}`,
      admitTicket: async (ticket, isPresent) => this.admitTicket(ticket, isPresent),
      admitCheck: () => undefined,
      broadcast: this.hub.broadcast,
      clock: systemClock,
      logger: this.logger,
      ...options,
    });
  }

  ticket(identity: Identity, roomId: RoomId = 'hall', grants: Grants = ALL_GRANTS): RoomTicket {
    const name = `Name of ${identity}`;
    return ticketOf({ roomId, identity, name, role: 'participant', grants });
  }

  async join(identity: Identity, ticket = this.ticket(identity)): Promise<Actor> {
    const client = this.hub.connect();
    const stay = await this.sessions.join(client, ticket, { codecs: [], headerExtensions: [] });
    const [joined] = client.all('joined');
    if (joined === undefined) {
      throw new Error('The join was answered without joined');
    }
    return { client, stay, joined };
  }
}
