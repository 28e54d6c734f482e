import { type ChatMessage, type Room, RoomEvent } from '@balai/client';
import { toFailure } from '../app/failure.ts';
import { textOfFailure } from '../app/failure-texts.ts';
import { Store } from '../app/store.ts';
import type { Notices } from '../ui/notices.ts';
import {
  type ChatAction,
  type ChatState,
  EMPTY_CHAT,
  nextChat,
  type Recipient,
  wordsOf,
} from './chat-state.ts';
import { textOfFileFailure } from './file-texts.ts';

/** What the chat needs of the SDK's room. */
export type ChatRoom = Pick<
  Room,
  | 'on'
  | 'localParticipant'
  | 'getParticipantByIdentity'
  | 'getChatHistory'
  | 'sendChatMessage'
  | 'editChatMessage'
  | 'deleteChatMessage'
  | 'sendChatFile'
  | 'getChatFile'
>;

/** The conversation of a meeting: what was said before, what is said now. */
export class ChatStore {
  readonly state = new Store<ChatState>(EMPTY_CHAT);
  readonly #room: ChatRoom;
  readonly #notices: Pick<Notices, 'tell'>;
  /** Pictures that were fetched, so that an open panel shows them at once. */
  readonly #pictures = new Map<string, Promise<Blob>>();
  #uploads = 0;
  /** On the way to another room, whose history is not here yet. */
  #isMoving = false;
  /** What was asked of the room before is of no use then. */
  #moves = 0;

  /** @param room Connected. */
  constructor(room: ChatRoom, notices: Pick<Notices, 'tell'>) {
    this.#room = room;
    this.#notices = notices;
    room.on(RoomEvent.ChatMessage, (message) => {
      const isOwn = this.isOwn(message);
      this.#dispatch({ type: 'received', message, isOwn });
      if (!isOwn && !this.state.get().isOpen) notices.tell(this.#noticeOf(message));
    });
    room.on(RoomEvent.Moved, () => {
      this.#isMoving = true;
      this.#moves += 1;
      this.#dispatch({ type: 'moved' });
    });
    room.on(RoomEvent.Reconnected, () => {
      if (this.#isMoving) void this.loadHistory();
      this.#isMoving = false;
    });
    room.on(RoomEvent.ParticipantDisconnected, ({ identity }) => {
      if (this.state.get().recipient?.identity === identity) this.setRecipient(null);
    });
    room.on(RoomEvent.ChatMessageUpdated, (message) =>
      this.#dispatch({ type: 'changed', message }),
    );
    room.on(RoomEvent.ChatMessageDeleted, (message) => {
      this.#pictures.delete(message.messageId);
      this.#dispatch({ type: 'changed', message });
    });
    room.on(RoomEvent.ParticipantRoleChanged, () => this.#readRole());
    this.#readRole();
    void this.loadHistory();
  }

  isOwn(message: { readonly identity: string }): boolean {
    return message.identity === this.#room.localParticipant.identity;
  }

  /** Loads the newest page of what was said, or the page before what is here. */
  async loadHistory(): Promise<void> {
    const { before } = this.state.get();
    const moves = this.#moves;
    this.#dispatch({ type: 'historyAsked' });
    try {
      const page = await this.#room.getChatHistory(before === null ? {} : { before });
      if (moves !== this.#moves) return;
      this.#dispatch({ type: 'historyLoaded', ...page });
    } catch (error) {
      if (moves !== this.#moves) return;
      console.warn('The chat history can not be loaded.', error);
      this.#dispatch({ type: 'historyFailed' });
    }
  }

  /** Sends the draft. It stays where it is when that fails. */
  async sendDraft(): Promise<void> {
    const { draft, recipient } = this.state.get();
    const text = draft.trim();
    if (text === '') return;
    this.setDraft('');
    try {
      if (recipient === null) await this.#room.sendChatMessage(text);
      else await this.#room.sendChatMessage(text, { to: recipient.identity });
    } catch (error) {
      const { draft: since } = this.state.get();
      this.setDraft(since === '' ? draft : `${draft}\n${since}`);
      this.#tellProblem('Your message was not sent.', error);
    }
  }

  /** Sends files, one after the other. What can not be sent is said in a notice. */
  async sendFiles(files: readonly File[]): Promise<void> {
    const uploads = files.map((file) => {
      this.#uploads += 1;
      const upload = { id: this.#uploads, name: file.name };
      this.#dispatch({ type: 'uploadBegan', upload });
      return { file, id: upload.id };
    });
    for (const { file, id } of uploads) {
      try {
        await this.#room.sendChatFile(file);
      } catch (error) {
        this.#notices.tell(textOfFileFailure(file, toFailure(error)), 'problem');
      }
      this.#dispatch({ type: 'uploadEnded', id });
    }
  }

  /** @returns whether it is done; else a notice said why not. */
  async editMessage(messageId: string, text: string): Promise<boolean> {
    return await this.#attempt('Your message was not changed.', () =>
      this.#room.editChatMessage(messageId, text),
    );
  }

  /** @returns whether it is done; else a notice said why not. */
  async deleteMessage(messageId: string): Promise<boolean> {
    return await this.#attempt('The message was not deleted.', () =>
      this.#room.deleteChatMessage(messageId),
    );
  }

  /** Fetches the file of a message. @returns null where a notice said why not. */
  async fetchFile({ messageId, file }: ChatMessage): Promise<Blob | null> {
    try {
      return await this.#room.getChatFile(messageId);
    } catch (error) {
      this.#tellProblem(`“${file?.name}” can not be loaded.`, error);
      return null;
    }
  }

  /** Fetches a picture, once. @throws BalaiError as `room.getChatFile`. */
  fetchPicture(messageId: string): Promise<Blob> {
    const known = this.#pictures.get(messageId);
    if (known !== undefined) return known;
    const fetching = this.#room.getChatFile(messageId).catch((error: unknown) => {
      this.#pictures.delete(messageId);
      throw error;
    });
    this.#pictures.set(messageId, fetching);
    return fetching;
  }

  setDraft(text: string): void {
    this.#dispatch({ type: 'drafted', text });
  }

  /** Who alone gets what is written next; null for everybody. */
  setRecipient(recipient: Recipient | null): void {
    this.#dispatch({
      type: 'addressed',
      recipient: recipient && { identity: recipient.identity, name: recipient.name },
    });
  }

  /** Who alone got a message besides its author, in words; null where everybody did. */
  recipientOf({ toIdentity }: ChatMessage): string | null {
    if (toIdentity === null) return null;
    if (this.isOwn({ identity: toIdentity })) return 'you';
    return this.#room.getParticipantByIdentity(toIdentity)?.name ?? 'somebody who left';
  }

  setOpen(isOpen: boolean): void {
    this.#dispatch({ type: isOpen ? 'opened' : 'closed' });
  }

  #noticeOf(message: ChatMessage): string {
    const author = message.toIdentity === null ? message.name : `${message.name} (privately)`;
    return `${author}: ${wordsOf(message)}`;
  }

  #readRole(): void {
    const { role } = this.#room.localParticipant;
    this.#dispatch({ type: 'roleChanged', isModerator: role === 'host' || role === 'moderator' });
  }

  async #attempt(problem: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#tellProblem(problem, error);
      return false;
    }
  }

  #tellProblem(problem: string, error: unknown): void {
    const words = textOfFailure(toFailure(error));
    this.#notices.tell(`${problem} ${words.title}. ${words.text}`, 'problem');
  }

  #dispatch(action: ChatAction): void {
    this.state.update((state) => nextChat(state, action));
  }
}
