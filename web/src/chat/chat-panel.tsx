import type { ChatMessage } from '@balai/client';
import { SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from 'react';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import { SidePanel } from '../ui/side-panel.tsx';
import { wordsOf } from './chat-state.ts';
import type { ChatStore } from './chat-store.ts';
import { linkParts } from './link-parts.ts';
import './chat.css';

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

/** Characters of one message, as the server allows. */
const MAX_LENGTH = 4_000;

/** What was said, and a place to say something. */
export function ChatPanel({ chat, onClose }: { chat: ChatStore; onClose: () => void }) {
  const { messages, history, before } = useStore(chat.state);
  return (
    <SidePanel id="chat" title="Chat" onClose={onClose}>
      <MessageList
        chat={chat}
        messages={messages}
        isLoading={history === 'loading'}
        hasOlder={before !== null}
        isFailed={history === 'failed'}
      />
      <Composer chat={chat} />
    </SidePanel>
  );
}

interface MessageListProps {
  readonly chat: ChatStore;
  readonly messages: readonly ChatMessage[];
  readonly isLoading: boolean;
  readonly isFailed: boolean;
  readonly hasOlder: boolean;
}

function MessageList({ chat, messages, isLoading, isFailed, hasOlder }: MessageListProps) {
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const last = messages.at(-1)?.messageId;

  // Follows what is said, unless the person reads further up.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when there is a new last message.
  useLayoutEffect(() => {
    const element = list.current;
    if (element !== null && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [last]);

  return (
    <div
      className="chat__list"
      ref={list}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
      }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it.
      tabIndex={0}
      role="log"
      aria-label="Messages"
    >
      {hasOlder && !isLoading && !isFailed && (
        <Button look="quiet" size="small" onClick={() => void chat.loadHistory()}>
          Show older messages
        </Button>
      )}
      {isLoading && <p className="chat__hint">Loading…</p>}
      {isFailed && (
        <p className="chat__hint">
          What was said before can not be loaded.{' '}
          <Button look="link" onClick={() => void chat.loadHistory()}>
            Try again
          </Button>
        </p>
      )}
      {!isLoading && !isFailed && messages.length === 0 && (
        <p className="chat__hint">
          Nothing was said yet. Everybody in the meeting reads this chat.
        </p>
      )}
      {messages.map((message) => (
        <Message key={message.messageId} message={message} isOwn={chat.isOwn(message)} />
      ))}
    </div>
  );
}

function Message({ message, isOwn }: { message: ChatMessage; isOwn: boolean }) {
  return (
    <article className={isOwn ? 'message message--own' : 'message'}>
      <header className="message__header">
        <bdi className="message__name">{isOwn ? 'You' : message.name}</bdi>
        <time dateTime={message.sentAt}>{timeFormat.format(new Date(message.sentAt))}</time>
        {message.editedAt !== null && message.deletedAt === null && <span>edited</span>}
      </header>
      <p className="message__text" dir="auto">
        {linkParts(wordsOf(message)).map(({ text, isLink }, index) =>
          isLink ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never change.
            <a key={index} href={text} target="_blank" rel="noopener noreferrer">
              {text}
            </a>
          ) : (
            text
          ),
        )}
      </p>
    </article>
  );
}

function Composer({ chat }: { chat: ChatStore }) {
  const { draft } = useStore(chat.state);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);

  function send() {
    void chat.sendDraft();
    field.current?.focus();
  }

  function sendOnEnter(event: KeyboardEvent) {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className="chat__composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        className="field__input chat__field"
        aria-label="Message"
        placeholder="Write to everybody"
        dir="auto"
        rows={2}
        maxLength={MAX_LENGTH}
        value={draft}
        onChange={(event) => chat.setDraft(event.target.value)}
        onKeyDown={sendOnEnter}
      />
      <Button
        type="submit"
        look="primary"
        size="icon"
        aria-label="Send"
        disabled={draft.trim() === ''}
      >
        <SendHorizontal size={20} aria-hidden="true" />
      </Button>
    </form>
  );
}
