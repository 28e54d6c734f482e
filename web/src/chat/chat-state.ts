import type { ChatMessage } from '@balai/client';

/** The conversation, as far as it is here. */
export interface ChatState {
  /** Oldest first. */
  readonly messages: readonly ChatMessage[];
  readonly history: 'loading' | 'ready' | 'failed';
  /** Asks for older messages; null when there are none. */
  readonly before: string | null;
  readonly isOpen: boolean;
  /** Messages of others that came while the panel was closed. */
  readonly unread: number;
  /** What is written and not sent. */
  readonly draft: string;
  /** The only one who is to get it; null for everybody. */
  readonly recipient: Recipient | null;
  /** Names of the files on their way. */
  readonly uploads: readonly Upload[];
  /** Whether one may delete what others said. */
  readonly isModerator: boolean;
}

/** Somebody who is written to alone. */
export interface Recipient {
  readonly identity: string;
  readonly name: string;
}

/** A file on its way to the others. */
export interface Upload {
  readonly id: number;
  readonly name: string;
}

/** What can happen to the conversation. */
export type ChatAction =
  | { readonly type: 'historyAsked' }
  | {
      readonly type: 'historyLoaded';
      readonly messages: readonly ChatMessage[];
      readonly before: string | null;
    }
  | { readonly type: 'historyFailed' }
  | { readonly type: 'received'; readonly message: ChatMessage; readonly isOwn: boolean }
  /** A message that may be here says something else now, or nothing any more. */
  | { readonly type: 'changed'; readonly message: ChatMessage }
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'drafted'; readonly text: string }
  | { readonly type: 'addressed'; readonly recipient: Recipient | null }
  /** One is in another room, which has a conversation of its own. */
  | { readonly type: 'moved' }
  | { readonly type: 'uploadBegan'; readonly upload: Upload }
  | { readonly type: 'uploadEnded'; readonly id: number }
  | { readonly type: 'roleChanged'; readonly isModerator: boolean };

/** The conversation before its history is here. */
export const EMPTY_CHAT: ChatState = {
  messages: [],
  history: 'loading',
  before: null,
  isOpen: false,
  unread: 0,
  draft: '',
  recipient: null,
  uploads: [],
  isModerator: false,
};

/** The conversation after something happened to it. A message is in it once, however often it comes. */
export function nextChat(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'historyAsked':
      return { ...state, history: 'loading' };
    case 'historyLoaded': {
      const known = new Set(state.messages.map(({ messageId }) => messageId));
      const older = action.messages.filter(({ messageId }) => !known.has(messageId));
      const messages = [...older, ...state.messages];
      return { ...state, history: 'ready', before: action.before, messages };
    }
    case 'historyFailed':
      return { ...state, history: 'failed' };
    case 'received': {
      const { message, isOwn } = action;
      if (state.messages.some(({ messageId }) => messageId === message.messageId)) return state;
      const unread = state.isOpen || isOwn ? state.unread : state.unread + 1;
      return { ...state, messages: [...state.messages, message], unread };
    }
    case 'changed': {
      const { message } = action;
      const messages = state.messages.map((known) =>
        known.messageId === message.messageId ? message : known,
      );
      return { ...state, messages };
    }
    case 'opened':
      return { ...state, isOpen: true, unread: 0 };
    case 'closed':
      return { ...state, isOpen: false };
    case 'drafted':
      return { ...state, draft: action.text };
    case 'addressed':
      return { ...state, recipient: action.recipient };
    case 'moved':
      return {
        ...state,
        messages: [],
        history: 'loading',
        before: null,
        unread: 0,
        recipient: null,
      };
    case 'uploadBegan':
      return { ...state, uploads: [...state.uploads, action.upload] };
    case 'uploadEnded':
      return { ...state, uploads: state.uploads.filter(({ id }) => id !== action.id) };
    case 'roleChanged':
      return { ...state, isModerator: action.isModerator };
  }
}

/** What there is to read of a message. */
export function wordsOf({ kind, text, file, deletedAt }: ChatMessage): string {
  if (deletedAt !== null) return 'This message was deleted.';
  return kind === 'file' ? (file?.name ?? '') : text;
}
