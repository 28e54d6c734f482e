import { Check, Link as LinkIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { inviteLink } from '../app/route.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

const CONFIRMED_FOR_MS = 2_500;

/**
 * Copies a room's link. Where the browser doesn't let pages write to the
 * clipboard, shows the link, to be copied by hand.
 */
export function CopyLinkButton({
  roomId,
  label = 'Copy link',
}: {
  roomId: string;
  label?: string;
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'byHand'>('idle');
  const link = inviteLink(roomId);

  useEffect(() => {
    if (state !== 'copied') return;
    const timer = window.setTimeout(() => setState('idle'), CONFIRMED_FOR_MS);
    return () => window.clearTimeout(timer);
  }, [state]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(link);
      setState('copied');
    } catch (error) {
      console.warn('The clipboard can not be written to.', error);
      setState('byHand');
    }
  }

  const isCopied = state === 'copied';
  const Icon = isCopied ? Check : LinkIcon;
  return (
    <>
      <Button look="quiet" size="small" className="copy-link" onClick={() => void copy()}>
        <Icon size={16} aria-hidden="true" />
        <span className="copy-link__label">{isCopied ? 'Copied' : label}</span>
      </Button>
      <span role="status" className="visually-hidden">
        {isCopied ? 'Link copied' : ''}
      </span>
      {state === 'byHand' && (
        <Dialog title="Link of this room" onClose={() => setState('idle')}>
          <input
            className="field__input"
            aria-label="Link"
            readOnly
            value={link}
            onFocus={(event) => event.currentTarget.select()}
          />
          <div className="dialog__buttons">
            <Button onClick={() => setState('idle')}>Close</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
