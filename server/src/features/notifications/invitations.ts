import type { Identity, InviteRequest, Room, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { Mail } from '../mail/mailer.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { type Addressed, insertNotifications } from './notification-rows.ts';
import { describeMoment, type Notifications } from './notifications.ts';

/** An invitation that comes a day late is of no use. */
const INVITATION_LIFETIME_MS = 24 * 3_600_000;

/** Asks people into rooms. */
export interface Invitations {
  /**
   * Invites somebody, for host and moderators. An account by its id gets a
   * notification; an e-mail address gets a mail, and, if it is that of an account, a
   * notification too. The answer does not tell whether it is.
   *
   * @throws AppError `room_not_found`, `forbidden`, `room_ended`; `not_found` for an
   * account that the caller does not know; `conflict` for oneself.
   */
  invite(roomId: RoomId, callerId: Identity, invitee: InviteRequest): Promise<void>;
}

export interface InvitationsDependencies {
  readonly database: Database;
  readonly rooms: Pick<Rooms, 'actIn'>;
  readonly notifications: Pick<Notifications, 'send'>;
  /** Settles when the mail is kept, to be sent behind the caller's back. */
  readonly putMail: (mail: Mail) => Promise<void>;
  /** Where the web app has the room. */
  readonly linkTo: (roomId: RoomId) => string;
}

/** Invitations as notifications and mails. */
export function createInvitations(dependencies: InvitationsDependencies): Invitations {
  const { database, rooms, notifications, putMail, linkTo } = dependencies;

  /** The credentials are looked up for the id only; nothing else says whose an address is. */
  const findAccount = async (email: string): Promise<Identity | undefined> => {
    const [row] = await database.call<{ readonly id: string }>('find_credentials', [email]);
    return row?.id;
  };

  return {
    async invite(roomId, callerId, invitee) {
      const { room, name } = await rooms.actIn(
        roomId,
        callerId,
        ({ isModerator }) => isModerator,
        async (db, found) => {
          if (found.status !== 'active') {
            throw new AppError('room_ended');
          }
          if ('userId' in invitee && !(await isKnown(db, invitee.userId))) {
            throw new AppError('not_found', 'You know no account with this id: invite by e-mail');
          }
          return { room: found, name: await nameOf(db, callerId) };
        },
      );
      const userId = 'userId' in invitee ? invitee.userId : await findAccount(invitee.email);
      if (userId === callerId) {
        throw new AppError('conflict', 'You are invited already');
      }
      if (userId !== undefined) {
        await notifications.send(callerId, (db) =>
          writeInvitation(db, userId, callerId, room, name),
        );
      }
      if ('email' in invitee) {
        await putMail(composeMail(invitee.email, room, name, linkTo(room.id)));
      }
    },
  };
}

/** Whether the user of the transaction may know this account: they met, or keep it as a contact. */
async function isKnown(db: Queryable, userId: Identity): Promise<boolean> {
  if (!isUuid(userId)) {
    return false;
  }
  const rows = await db.query(
    `SELECT FROM users u WHERE u.id = $1 AND u.kind = 'registered' AND u.status = 'active'`,
    [userId],
  );
  return rows.length > 0;
}

async function nameOf(db: Queryable, userId: Identity): Promise<string> {
  const [row] = await db.query<{ readonly name: string }>(
    `SELECT concat_ws(' ', NULLIF(u.first_name, ''), NULLIF(u.last_name, '')) AS name
     FROM users u WHERE u.id = $1`,
    [userId],
  );
  return row?.name ?? '';
}

function writeInvitation(
  db: Queryable,
  userId: Identity,
  senderId: Identity,
  room: Room,
  name: string,
): Promise<readonly Addressed[]> {
  return insertNotifications(db, [userId], {
    type: 'room_invitation',
    title: `Invitation: ${room.name}`,
    message: `${name} invites you. ${describeStart(room)}`,
    roomId: room.id,
    senderId,
  });
}

function composeMail(to: string, room: Room, name: string, link: string): Mail {
  return {
    to,
    subject: `${name} invites you to ${room.name}`.replaceAll(/[\r\n]/g, ' '),
    text: [
      `${name} invites you to the meeting ${room.name}.`,
      describeStart(room),
      `Join it here: ${link}`,
    ].join('\n\n'),
    goodForMs: INVITATION_LIFETIME_MS,
  };
}

function describeStart({ scheduledAt }: Room): string {
  return scheduledAt === null
    ? 'The meeting is open now.'
    : `The meeting starts at ${describeMoment(scheduledAt)}.`;
}
