import type { ChatMessage } from '@balai/client';
import { Lock, Pencil, Trash2 } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { wordsOf } from './chat-state.ts';
import type { ChatStore } from './chat-store.ts';
import { FileMessage } from './file-message.tsx';
import { linkParts } from './link-parts.ts';

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

/** Characters of one message, as the server allows. */
export const MAX_LENGTH = 4_000;

interface MessageProps {
  readonly chat: ChatStore;
  readonly message: ChatMessage;
  readonly isModerator: boolean;
  readonly onDelete: () => void;
}

/** One message: what was said, by whom, and what can be done about it. */
export function Message({ chat, message, isModerator, onDelete }: MessageProps) {
  const [isEditing, setEditing] = useState(false);
  const { name, kind, sentAt, editedAt, deletedAt } = message;
  if (kind === 'system') {
    return (
      <p className="chat__event">
        <bdi>{name}</bdi> {message.text} · <Time at={sentAt} />
      </p>
    );
  }
  const isOwn = chat.isOwn(message);
  const isThere = deletedAt === null;
  const author = isOwn ? 'You' : name;
  const recipient = chat.recipientOf(message);
  const classes = ['message', isOwn && 'message--own', recipient !== null && 'message--private'];
  return (
    <article className={classes.filter(Boolean).join(' ')}>
      {recipient !== null && (
        <p className="message__private">
          <Lock size={13} aria-hidden="true" /> Privately to <bdi>{recipient}</bdi>
        </p>
      )}
      <header className="message__header">
        <bdi className="message__name">{author}</bdi>
        <Time at={sentAt} />
        {isThere && editedAt !== null && (
          <span title={new Date(editedAt).toLocaleString()}>edited</span>
        )}
        {isThere && !isEditing && (
          <span className="message__actions">
            {isOwn && kind === 'text' && (
              <button
                type="button"
                className="message__action"
                aria-label="Edit message"
                title="Edit"
                onClick={() => setEditing(true)}
              >
                <Pencil size={15} aria-hidden="true" />
              </button>
            )}
            {(isOwn || isModerator) && (
              <button
                type="button"
                className="message__action"
                aria-label={isOwn ? 'Delete message' : `Delete message of ${name}`}
                title="Delete"
                onClick={onDelete}
              >
                <Trash2 size={15} aria-hidden="true" />
              </button>
            )}
          </span>
        )}
      </header>
      {isEditing && isThere ? (
        <EditForm chat={chat} message={message} onDone={() => setEditing(false)} />
      ) : (
        <Content chat={chat} message={message} />
      )}
    </article>
  );
}

function Time({ at }: { at: string }) {
  return <time dateTime={at}>{timeFormat.format(new Date(at))}</time>;
}

function Content({ chat, message }: { chat: ChatStore; message: ChatMessage }) {
  const { file, deletedAt } = message;
  if (file !== null) return <FileMessage chat={chat} message={message} file={file} />;
  return (
    <p className={deletedAt === null ? 'message__text' : 'message__text message__gone'} dir="auto">
      {linkParts(wordsOf(message)).map(({ text, isLink }, index) =>
        isLink ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other key.
          <a key={index} href={text} target="_blank" rel="noopener noreferrer">
            {text}
          </a>
        ) : (
          text
        ),
      )}
    </p>
  );
}

function EditForm(props: { chat: ChatStore; message: ChatMessage; onDone: () => void }) {
  const { chat, message, onDone } = props;
  const [text, setText] = useState(message.text);
  const [isBusy, setBusy] = useState(false);
  const canSave = text.trim() !== '' && !isBusy;

  async function save() {
    if (!canSave) return;
    setBusy(true);
    const isDone =
      text.trim() === message.text || (await chat.editMessage(message.messageId, text.trim()));
    setBusy(false);
    if (isDone) onDone();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') {
      // The panel stays open.
      event.stopPropagation();
      onDone();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void save();
    }
  }

  return (
    <form
      className="message__edit"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        className="field__input chat__field"
        aria-label="Edited message"
        dir="auto"
        rows={2}
        maxLength={MAX_LENGTH}
        value={text}
        ref={focusAtEnd}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="message__edit-buttons">
        <Button look="quiet" size="small" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" look="primary" size="small" disabled={!canSave}>
          Save
        </Button>
      </div>
    </form>
  );
}

function focusAtEnd(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}
