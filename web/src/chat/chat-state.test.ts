import type { ChatMessage } from '@balai/client';
import { describe, expect, it } from 'vitest';
import { type ChatAction, type ChatState, EMPTY_CHAT, nextChat, wordsOf } from './chat-state.ts';

function message(messageId: string): ChatMessage {
  return {
    messageId,
    kind: 'text',
    identity: 'ann',
    name: 'Ann',
    toIdentity: null,
    text: messageId,
    file: null,
    sentAt: '2026-01-31T12:00:00Z',
    editedAt: null,
    deletedAt: null,
  };
}

function after(...actions: ChatAction[]): ChatState {
  return actions.reduce(nextChat, EMPTY_CHAT);
}

const received = (id: string, isOwn = false): ChatAction => ({
  type: 'received',
  message: message(id),
  isOwn,
});

const loaded = (ids: string[], before: string | null = null): ChatAction => ({
  type: 'historyLoaded',
  messages: ids.map(message),
  before,
});

const idsOf = (state: ChatState) => state.messages.map(({ messageId }) => messageId);

describe('the chat', () => {
  it('puts history before what was said since', () => {
    expect(idsOf(after(received('c'), loaded(['a', 'b'])))).toEqual(['a', 'b', 'c']);
  });

  it('shows what a message became, where it stood', () => {
    const edited = { ...message('a'), text: 'better', editedAt: '2026-01-31T12:01:00Z' };
    const state = after(received('a'), received('b'), { type: 'changed', message: edited });
    expect(state.messages.map(wordsOf)).toEqual(['better', 'b']);
    const gone = { ...message('b'), text: '', deletedAt: '2026-01-31T12:02:00Z' };
    const later = nextChat(state, { type: 'changed', message: gone });
    expect(later.messages.map(wordsOf)).toEqual(['better', 'This message was deleted.']);
  });

  it('has a message once, when history brings what was already received', () => {
    expect(idsOf(after(received('b'), loaded(['a', 'b'])))).toEqual(['a', 'b']);
  });

  it('has a message once, when it is received again', () => {
    const state = after(loaded(['a']), received('a'));
    expect(idsOf(state)).toEqual(['a']);
    expect(state.unread).toBe(0);
  });

  it('puts an older page before the newer one', () => {
    const state = after(loaded(['c', 'd'], 'page'), { type: 'historyAsked' }, loaded(['a', 'b']));
    expect(idsOf(state)).toEqual(['a', 'b', 'c', 'd']);
    expect(state).toMatchObject({ history: 'ready', before: null });
  });

  it('counts what others say while it is closed', () => {
    expect(after(received('a'), received('b'), received('c', true)).unread).toBe(2);
  });

  it('counts nothing of the history', () => {
    expect(after(loaded(['a', 'b'])).unread).toBe(0);
  });

  it('forgets the count when it is opened, and counts again when it is closed', () => {
    expect(after(received('a'), { type: 'opened' }, received('b')).unread).toBe(0);
    const closed = after({ type: 'opened' }, { type: 'closed' }, received('a'));
    expect(closed.unread).toBe(1);
  });

  it('keeps what was received when the history fails, and what was drafted when it is closed', () => {
    const state = after(
      { type: 'opened' },
      { type: 'drafted', text: 'Hel' },
      received('a'),
      { type: 'historyFailed' },
      { type: 'closed' },
    );
    expect(idsOf(state)).toEqual(['a']);
    expect(state).toMatchObject({ history: 'failed', draft: 'Hel' });
  });
});
