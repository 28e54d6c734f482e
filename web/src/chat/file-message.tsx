import type { ChatFile, ChatMessage } from '@balai/client';
import { Download, FileText } from 'lucide-react';
import { useEffect, useState } from 'react';
import { saveFile } from '../ui/save-file.ts';
import type { ChatStore } from './chat-store.ts';
import { isShownPicture, textOfSize } from './file-texts.ts';

interface FileMessageProps {
  readonly chat: ChatStore;
  readonly message: ChatMessage;
  readonly file: ChatFile;
}

/** A file that somebody sent: a picture to look at, and something to save. */
export function FileMessage({ chat, message, file }: FileMessageProps) {
  const [isBusy, setBusy] = useState(false);

  async function save() {
    setBusy(true);
    const content = await chat.fetchFile(message);
    setBusy(false);
    if (content !== null) saveFile(content, file.name);
  }

  return (
    <div className="file">
      {isShownPicture(file) && (
        <Picture chat={chat} messageId={message.messageId} name={file.name} />
      )}
      <button type="button" className="file__button" disabled={isBusy} onClick={() => void save()}>
        <FileText size={20} aria-hidden="true" />
        <span className="file__text">
          <span className="visually-hidden">Download</span>
          <bdi className="file__name">{file.name}</bdi>
          <span className="file__facts">{isBusy ? 'Loading…' : textOfSize(file.sizeBytes)}</span>
        </span>
        <Download size={18} aria-hidden="true" />
      </button>
    </div>
  );
}

/** The picture itself, once it is seen; nothing where it can not be shown. */
function Picture(props: { chat: ChatStore; messageId: string; name: string }) {
  const { chat, messageId, name } = props;
  const [frame, setFrame] = useState<HTMLDivElement | null>(null);
  const [isSeen, setSeen] = useState(false);
  const [url, setUrl] = useState<string | null>(null);
  const [isBroken, setBroken] = useState(false);

  useEffect(() => {
    if (frame === null) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) setSeen(true);
    });
    observer.observe(frame);
    return () => observer.disconnect();
  }, [frame]);

  useEffect(() => {
    if (!isSeen) return;
    let made: string | null = null;
    let isGone = false;
    chat
      .fetchPicture(messageId)
      .then((content) => {
        if (isGone) return;
        made = URL.createObjectURL(content);
        setUrl(made);
      })
      .catch((error: unknown) => {
        console.info('A picture of the chat can not be shown.', error);
        setBroken(true);
      });
    return () => {
      isGone = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [chat, messageId, isSeen]);

  if (isBroken) return null;
  return (
    <div className="file__picture" ref={setFrame}>
      {url !== null && <img src={url} alt={name} onError={() => setBroken(true)} />}
    </div>
  );
}
