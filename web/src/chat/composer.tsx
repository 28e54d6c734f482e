import { Paperclip, SendHorizontal } from 'lucide-react';
import {
  type ChangeEvent,
  type ClipboardEvent,
  type KeyboardEvent,
  useEffect,
  useRef,
} from 'react';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import type { ChatStore } from './chat-store.ts';
import { MAX_LENGTH } from './message.tsx';

/** A place to say something, or to send a file. */
export function Composer({ chat }: { chat: ChatStore }) {
  const { draft, uploads } = useStore(chat.state);
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
    if (files.length === 0) return;
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
        <Button
          look="quiet"
          size="icon"
          aria-label="Attach files"
          title="Attach files"
          onClick={() => picker.current?.click()}
        >
          <Paperclip size={20} aria-hidden="true" />
        </Button>
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
