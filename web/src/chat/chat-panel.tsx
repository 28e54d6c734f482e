import type { ChatMessage } from '@balai/client';
import { useLayoutEffect, useRef, useState } from 'react';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SidePanel } from '../ui/side-panel.tsx';
import { wordsOf } from './chat-state.ts';
import type { ChatStore } from './chat-store.ts';
import { Composer } from './composer.tsx';
import { Message } from './message.tsx';
import './chat.css';

/** What was said, and a place to say something. */
export function ChatPanel({ chat, onClose }: { chat: ChatStore; onClose: () => void }) {
  const { messages, history, before, isModerator } = useStore(chat.state);
  const [deleting, setDeleting] = useState<ChatMessage | null>(null);
  return (
    <>
      <SidePanel id="chat" title="Chat" onClose={onClose}>
        <MessageList
          chat={chat}
          messages={messages}
          isLoading={history === 'loading'}
          hasOlder={before !== null}
          isFailed={history === 'failed'}
          isModerator={isModerator}
          onDelete={setDeleting}
        />
        <Composer chat={chat} />
      </SidePanel>
      {deleting !== null && (
        <DeleteDialog chat={chat} message={deleting} onClose={() => setDeleting(null)} />
      )}
    </>
  );
}

interface MessageListProps {
  readonly chat: ChatStore;
  readonly messages: readonly ChatMessage[];
  readonly isLoading: boolean;
  readonly isFailed: boolean;
  readonly hasOlder: boolean;
  readonly isModerator: boolean;
  readonly onDelete: (message: ChatMessage) => void;
}

function MessageList(props: MessageListProps) {
  const { chat, messages, isLoading, isFailed, hasOlder } = props;
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
        <Message
          key={message.messageId}
          chat={chat}
          message={message}
          isModerator={props.isModerator}
          onDelete={() => props.onDelete(message)}
        />
      ))}
    </div>
  );
}

/** Beside the panel, not in it: Escape closes the dialog alone. */
function DeleteDialog(props: { chat: ChatStore; message: ChatMessage; onClose: () => void }) {
  const { chat, message, onClose } = props;
  const [isBusy, setBusy] = useState(false);

  async function remove() {
    setBusy(true);
    await chat.deleteMessage(message.messageId);
    onClose();
  }

  return (
    <Dialog title="Delete this message?" onClose={onClose}>
      <blockquote className="chat__quote" dir="auto">
        {wordsOf(message)}
      </blockquote>
      <p>Nobody can read it any more, not even you.</p>
      <div className="dialog__buttons">
        <Button look="danger" disabled={isBusy} onClick={() => void remove()}>
          Delete
        </Button>
        <Button look="quiet" onClick={onClose}>
          Keep it
        </Button>
      </div>
    </Dialog>
  );
}
