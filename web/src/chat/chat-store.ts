import { type ChatMessage, type Room, RoomEvent } from '@balai/client';
import { toFailure } from '../app/failure.ts';
import { textOfFailure } from '../app/failure-texts.ts';
import { Store } from '../app/store.ts';
import type { Notices } from '../ui/notices.ts';
import { type ChatAction, type ChatState, EMPTY_CHAT, nextChat, wordsOf } from './chat-state.ts';

/** The conversation of a meeting: what was said before, what is said now. */
export class ChatStore {
  readonly state = new Store<ChatState>(EMPTY_CHAT);
  readonly #room: Room;
  readonly #notices: Notices;

  /** @param room Connected. */
  constructor(room: Room, notices: Notices) {
    this.#room = room;
    this.#notices = notices;
    room.on(RoomEvent.ChatMessage, (message) => {
      const isOwn = this.isOwn(message);
      this.#dispatch({ type: 'received', message, isOwn });
      if (!isOwn && !this.state.get().isOpen) notices.tell(`${message.name}: ${wordsOf(message)}`);
    });
    const follow = (message: ChatMessage) => this.#dispatch({ type: 'changed', message });
    room.on(RoomEvent.ChatMessageUpdated, follow);
    room.on(RoomEvent.ChatMessageDeleted, follow);
    void this.loadHistory();
  }

  isOwn(message: { readonly identity: string }): boolean {
    return message.identity === this.#room.localParticipant.identity;
  }

  /** Loads the newest page of what was said, or the page before what is here. */
  async loadHistory(): Promise<void> {
    const { before } = this.state.get();
    this.#dispatch({ type: 'historyAsked' });
    try {
      const page = await this.#room.getChatHistory(before === null ? {} : { before });
      this.#dispatch({ type: 'historyLoaded', ...page });
    } catch (error) {
      console.warn('The chat history can not be loaded.', error);
      this.#dispatch({ type: 'historyFailed' });
    }
  }

  /** Sends the draft. It stays where it is when that fails. */
  async sendDraft(): Promise<void> {
    const { draft } = this.state.get();
    const text = draft.trim();
    if (text === '') return;
    this.setDraft('');
    try {
      await this.#room.sendChatMessage(text);
    } catch (error) {
      const { draft: since } = this.state.get();
      this.setDraft(since === '' ? draft : `${draft}\n${since}`);
      const words = textOfFailure(toFailure(error));
      this.#notices.tell(`Your message was not sent. ${words.title}. ${words.text}`, 'problem');
    }
  }

  setDraft(text: string): void {
    this.#dispatch({ type: 'drafted', text });
  }

  setOpen(isOpen: boolean): void {
    this.#dispatch({ type: isOpen ? 'opened' : 'closed' });
  }

  #dispatch(action: ChatAction): void {
    this.state.update((state) => nextChat(state, action));
  }
}
