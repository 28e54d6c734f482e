import { useRemoteParticipants } from '@balai/client/react';
import { Lock, Paperclip, SendHorizontal } from 'lucide-react';
import {
  type ChangeEvent,
  type ClipboardEvent,
  type KeyboardEvent,
  useEffect,
  useId,
  useRef,
} from 'react';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import type { Recipient } from './chat-state.ts';
import type { ChatStore } from './chat-store.ts';
import { MAX_LENGTH } from './message.tsx';

/** A place to say something, or to send a file. */
export function Composer({ chat }: { chat: ChatStore }) {
  const { draft, uploads, recipient } = useStore(chat.state);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
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

  function attach({ currentTarget }: ChangeEvent<HTMLInputElement>) {
    void chat.sendFiles([...(currentTarget.files ?? [])]);
    // The same file can be chosen again.
    currentTarget.value = '';
    field.current?.focus();
  }

  function paste(event: ClipboardEvent) {
    const files = [...event.clipboardData.files];
    // Files go to everybody.
    if (files.length === 0 || recipient !== null) return;
    event.preventDefault();
    void chat.sendFiles(files);
  }

  return (
    <div className="chat__foot">
      <div role="status">
        {uploads.map(({ id, name }) => (
          <p key={id} className="chat__upload">
            Sending <bdi>{name}</bdi>…
          </p>
        ))}
      </div>
      <RecipientSelect chat={chat} recipient={recipient} />
      <form
        className="chat__composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label="Files to send"
          onChange={attach}
        />
        {recipient === null && (
          <Button
            look="quiet"
            size="icon"
            aria-label="Attach files"
            title="Attach files"
            onClick={() => picker.current?.click()}
          >
            <Paperclip size={20} aria-hidden="true" />
          </Button>
        )}
        <textarea
          ref={field}
          className="field__input chat__field"
          aria-label="Message"
          placeholder={
            recipient === null ? 'Write to everybody' : `Write to ${recipient.name} alone`
          }
          dir="auto"
          rows={2}
          maxLength={MAX_LENGTH}
          value={draft}
          onChange={(event) => chat.setDraft(event.target.value)}
          onKeyDown={sendOnEnter}
          onPaste={paste}
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
    </div>
  );
}

/** Who gets it: everybody, or one person alone. Nothing while nobody else is there. */
function RecipientSelect(props: { chat: ChatStore; recipient: Recipient | null }) {
  const { chat, recipient } = props;
  const people = useRemoteParticipants();
  const id = useId();
  if (people.length === 0) return null;
  return (
    <div className={recipient === null ? 'chat__to' : 'chat__to chat__to--private'}>
      <label htmlFor={id}>To</label>
      <select
        id={id}
        className="field__input chat__recipient"
        value={recipient?.identity ?? ''}
        onChange={({ target: { value } }) =>
          chat.setRecipient(people.find(({ identity }) => identity === value) ?? null)
        }
      >
        <option value="">Everybody</option>
        {people.map(({ identity, name }) => (
          <option key={identity} value={identity}>
            {name}
          </option>
        ))}
      </select>
      {recipient !== null && (
        <span className="chat__private">
          <Lock size={14} aria-hidden="true" /> Private
        </span>
      )}
    </div>
  );
}
