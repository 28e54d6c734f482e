import { type ChatMessage, LIMITS, MESSAGE_KINDS } from '@balai/protocol';
import { z } from 'zod';
import { AppError } from '../../kernel/app-error.ts';
import { pageQuery } from '../../kernel/cursor.ts';
import { type Caller, defineRoute, type Route, type UploadSpec } from '../../kernel/route.ts';
import { typedLine, typedText } from '../../kernel/text.ts';
import { exactly, pageOf, timestamp, uuid } from '../../kernel/wire-schemas.ts';
import { roomParams } from '../rooms/routes.ts';
import { CHAT_TOPIC, maySendData } from '../sessions/grants.ts';
import type { Messages } from './messages.ts';

const MINUTE_MS = 60_000;

/** In lower case, as the database gives it back. */
const messageId = z.guid().toLowerCase();
const text = typedText(1, LIMITS.chatText);
const messageParams = roomParams.extend({ messageId: z.string().toLowerCase() });

const messageSchema = exactly<ChatMessage>()(
  z
    .strictObject({
      messageId: uuid,
      kind: z.enum(MESSAGE_KINDS),
      identity: z.string(),
      name: z.string(),
      toIdentity: z.string().nullable(),
      text: z.string(),
      file: z
        .strictObject({ name: z.string(), type: z.string(), sizeBytes: z.int() })
        .meta({ id: 'ChatFile' })
        .nullable(),
      sentAt: timestamp,
      editedAt: timestamp.nullable(),
      deletedAt: timestamp.nullable(),
    })
    .meta({ id: 'ChatMessage' }),
);

const messagePage = pageOf('ChatMessagePage', messageSchema);

/**
 * REST over the chat.
 *
 * @param upload What files it takes.
 */
export function chatRoutes(messages: Messages, upload: UploadSpec): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/rooms/:roomId/messages',
      summary: 'What was said in the room, newest first. For those who are or were in it.',
      auth: 'member',
      params: roomParams,
      query: pageQuery({ defaultLimit: 50 }),
      answers: { 200: messagePage },
      errors: ['room_not_found', 'forbidden'],
      async handle({ params, query }, { caller }) {
        const page = await messages.list(params.roomId, caller.userId, {
          cursor: query.cursor ?? null,
          field: 'query.cursor',
          limit: query.limit,
        });
        return { status: 200, body: page };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/rooms/:roomId/messages',
      summary:
        'Say something in the room, or to one of its people only (to). For those who are or were in it. Its messageId makes it safe to repeat.',
      auth: 'member',
      params: roomParams,
      body: z.strictObject({
        messageId,
        text,
        to: z.string().min(1).max(LIMITS.identity).optional(),
        mentions: z.array(z.guid().toLowerCase()).max(LIMITS.mentions).default([]),
      }),
      answers: { 201: messageSchema },
      errors: ['room_not_found', 'not_found', 'forbidden', 'room_ended', 'conflict'],
      requestsPerMinute: 120,
      async handle({ params, body }, { caller }) {
        assertMayWrite(caller);
        return { status: 201, body: await messages.send(params.roomId, caller.userId, body) };
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/rooms/:roomId/messages/:messageId',
      summary: 'Change a text of one’s own.',
      auth: 'member',
      params: messageParams,
      body: z.strictObject({ text }),
      answers: { 200: messageSchema },
      errors: ['room_not_found', 'not_found', 'forbidden', 'conflict', 'room_ended'],
      requestsPerMinute: 120,
      async handle({ params, body }, { caller }) {
        assertMayWrite(caller);
        const { roomId, messageId: id } = params;
        return { status: 200, body: await messages.edit(roomId, caller.userId, id, body.text) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/rooms/:roomId/messages/:messageId',
      summary: 'Delete a message: one’s own, or, for host and moderators, anybody’s.',
      auth: 'member',
      params: messageParams,
      answers: { 200: messageSchema },
      errors: ['room_not_found', 'not_found', 'forbidden'],
      async handle({ params }, { caller }) {
        const { roomId, messageId: id } = params;
        return { status: 200, body: await messages.remove(roomId, caller.userId, id) };
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/v1/rooms/:roomId/files/:messageId',
      summary:
        'Send a file to the room, as a message with this id (a UUID of the client’s choice). The body is the file. Repeating it sends nothing twice.',
      auth: 'member',
      params: roomParams.extend({ messageId }),
      query: z.strictObject({ name: typedLine(1, LIMITS.fileName) }),
      upload,
      answers: { 201: messageSchema },
      errors: ['room_not_found', 'forbidden', 'room_ended', 'conflict'],
      limit: { name: 'upload', requests: 600, windowMs: MINUTE_MS },
      requestsPerMinute: 30,
      async handle({ params, query }, { caller, openFile }) {
        assertMayWrite(caller);
        const { roomId, messageId: id } = params;
        const file = { messageId: id, name: query.name, ...openFile() };
        return { status: 201, body: await messages.sendFile(roomId, caller.userId, file) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/rooms/:roomId/files/:messageId',
      summary: 'The file of a message. For those who are or were in the room.',
      auth: 'member',
      params: messageParams,
      answers: { 200: 'file' },
      errors: ['room_not_found', 'forbidden', 'not_found'],
      async handle({ params }, { caller }) {
        const { roomId, messageId: id } = params;
        const file = await messages.openFile(roomId, caller.userId, id);
        return { status: 200, body: undefined, file };
      },
    }),
  ];
}

/** A room token lets people write, or not. Those who come with their account are asked by the room. */
function assertMayWrite({ grants }: Caller): void {
  if (grants !== undefined && !maySendData(grants, CHAT_TOPIC)) {
    throw new AppError('forbidden', 'This token does not allow writing');
  }
}
