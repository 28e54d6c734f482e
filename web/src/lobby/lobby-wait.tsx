import { Button } from '../ui/button.tsx';
import { useFocusOnMount } from '../ui/use-focus-on-mount.ts';
import './lobby.css';

/** What somebody sees who waits to be let in. */
export function LobbyWait({ onLeave }: { onLeave: () => void }) {
  const title = useFocusOnMount<HTMLParagraphElement>();
  return (
    <div className="lobby-wait" data-code="waiting">
      <div role="status" className="lobby-wait__text">
        <span className="spinner" aria-hidden="true" />
        <p className="lobby-wait__title" ref={title} tabIndex={-1}>
          You are in the lobby
        </p>
        <p>Somebody who leads the meeting will let you in. You may check your picture meanwhile.</p>
      </div>
      <Button look="quiet" onClick={onLeave}>
        Leave the lobby
      </Button>
    </div>
  );
}
