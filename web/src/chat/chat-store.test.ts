import { type ChatMessage, RoomEvent } from '@balai/client';
import { describe, expect, it } from 'vitest';
import { type ChatRoom, ChatStore } from './chat-store.ts';

function message(messageId: string, more: Partial<ChatMessage> = {}): ChatMessage {
  const sentAt = '2026-01-31T12:00:00Z';
  const nothing = { toIdentity: null, file: null, editedAt: null, deletedAt: null };
  return {
    messageId,
    kind: 'text',
    identity: 'ann',
    name: 'Ann',
    text: 'Hi',
    sentAt,
    ...nothing,
    ...more,
  };
}

/** Stands in for the SDK's room: does as `answers` say, and tells what a test has it tell. */
function setUp(answers: Partial<ChatRoom> = {}, role = 'participant') {
  const listeners = new Map<string, (...facts: unknown[]) => void>();
  const me = { identity: 'me', role };
  const room = {
    localParticipant: me,
    on: (event: string, listener: (...facts: unknown[]) => void) => listeners.set(event, listener),
    getChatHistory: async () => ({ messages: [], before: null }),
    ...answers,
  } as unknown as ChatRoom;
  const told: string[] = [];
  const chat = new ChatStore(room, { tell: (text) => told.push(text) });
  const tell = (event: string, ...facts: unknown[]) => listeners.get(event)?.(...facts);
  return { chat, told, tell, me };
}

const refuse = (code: string) => async () => {
  throw Object.assign(new Error(code), { code });
};

describe('the chat', () => {
  it('sends files one after the other, and shows which are on their way', async () => {
    const sent: string[] = [];
    const { chat } = setUp({
      sendChatFile: async (file) => {
        const { uploads } = chat.state.get();
        sent.push(`${(file as File).name} of ${uploads.map(({ name }) => name)}`);
        return message('m');
      },
    });
    await chat.sendFiles([new File(['a'], 'a.txt'), new File(['b'], 'b.txt')]);
    expect(sent).toEqual(['a.txt of a.txt,b.txt', 'b.txt of b.txt']);
    expect(chat.state.get().uploads).toEqual([]);
  });

  it('says why a file was not sent, and sends the next', async () => {
    const sent: string[] = [];
    const { chat, told } = setUp({
      sendChatFile: async (file) => {
        if ((file as File).name === 'large.zip') await refuse('payload_too_large')();
        sent.push((file as File).name);
        return message('m');
      },
    });
    await chat.sendFiles([new File(['a'], 'large.zip'), new File(['b'], 'b.txt')]);
    expect(told).toEqual([
      expect.stringMatching(/“large.zip” was not sent.*than this server takes/),
    ]);
    expect(sent).toEqual(['b.txt']);
    expect(chat.state.get().uploads).toEqual([]);
  });

  it('tells whether an edit was taken', async () => {
    const edits: string[] = [];
    const { chat } = setUp({
      editChatMessage: async (id, text) => {
        edits.push(`${id} ${text}`);
        return message(id, { text });
      },
    });
    expect(await chat.editMessage('m1', 'better')).toBe(true);
    expect(edits).toEqual(['m1 better']);
    const { chat: other, told } = setUp({ editChatMessage: refuse('room_ended') });
    expect(await other.editMessage('m1', 'better')).toBe(false);
    expect(told).toEqual([expect.stringContaining('Your message was not changed.')]);
  });

  it('tells whether a deletion was taken', async () => {
    const { chat, told } = setUp({ deleteChatMessage: refuse('forbidden') });
    expect(await chat.deleteMessage('m1')).toBe(false);
    expect(told).toEqual([expect.stringContaining('The message was not deleted. Not allowed.')]);
  });

  it('lets who becomes a moderator moderate, and who is none any more not', () => {
    const { chat, tell, me } = setUp();
    expect(chat.state.get().isModerator).toBe(false);
    me.role = 'moderator';
    tell(RoomEvent.ParticipantRoleChanged, me);
    expect(chat.state.get().isModerator).toBe(true);
    me.role = 'participant';
    tell(RoomEvent.ParticipantRoleChanged, me);
    expect(chat.state.get().isModerator).toBe(false);
  });

  it('fetches a picture once, again after a failure, and forgets it with its message', async () => {
    let fetched = 0;
    const { chat, tell } = setUp({
      getChatFile: async () => {
        fetched += 1;
        if (fetched === 1) await refuse('connection_failed')();
        return new Blob(['picture']);
      },
    });
    await expect(chat.fetchPicture('m1')).rejects.toThrow('connection_failed');
    await Promise.all([chat.fetchPicture('m1'), chat.fetchPicture('m1')]);
    expect(fetched).toBe(2);
    tell(RoomEvent.ChatMessageDeleted, message('m1', { deletedAt: '2026-01-31T12:01:00Z' }));
    await chat.fetchPicture('m1');
    expect(fetched).toBe(3);
  });

  it('sends what is for one person to them alone, and to everybody again when they left', async () => {
    const sent: unknown[] = [];
    const { chat, tell } = setUp({
      sendChatMessage: async (text, options) => {
        sent.push([text, options?.to]);
        return message('m');
      },
    });
    chat.setRecipient({ identity: 'ann', name: 'Ann' });
    chat.setDraft('psst');
    await chat.sendDraft();
    tell(RoomEvent.ParticipantDisconnected, { identity: 'bo' });
    expect(chat.state.get().recipient?.name).toBe('Ann');
    tell(RoomEvent.ParticipantDisconnected, { identity: 'ann' });
    chat.setDraft('hello');
    await chat.sendDraft();
    expect(sent).toEqual([
      ['psst', 'ann'],
      ['hello', undefined],
    ]);
  });

  it('says of a private message who got it, and that it is private', () => {
    const { chat, tell, told } = setUp({ getParticipantByIdentity: () => undefined });
    expect(chat.recipientOf(message('m1'))).toBeNull();
    expect(chat.recipientOf(message('m2', { toIdentity: 'me' }))).toBe('you');
    expect(chat.recipientOf(message('m3', { toIdentity: 'bo' }))).toBe('somebody who left');
    tell(RoomEvent.ChatMessage, message('m2', { toIdentity: 'me' }));
    expect(told).toEqual(['Ann (privately): Hi']);
  });

  it('begins anew in another room', async () => {
    let page: readonly ChatMessage[] = [];
    const { chat, tell } = setUp({
      getChatHistory: async () => ({ messages: page, before: null }),
    });
    tell(RoomEvent.ChatMessage, message('m1'));
    expect(chat.state.get().messages).toHaveLength(1);
    tell(RoomEvent.Moved, 'Group 1', 'breakout');
    expect(chat.state.get()).toMatchObject({ messages: [], unread: 0, history: 'loading' });
    page = [message('of the group')];
    tell(RoomEvent.Reconnected);
    await expect.poll(() => chat.state.get().messages).toEqual(page);
  });
});
