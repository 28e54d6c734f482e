import { Button } from '../ui/button.tsx';
import './lobby.css';

/** What somebody sees who waits to be let in. */
export function LobbyWait({ onLeave }: { onLeave: () => void }) {
  return (
    <div className="lobby-wait" data-code="waiting">
      <div role="status" className="lobby-wait__text">
        <span className="spinner" aria-hidden="true" />
        <p className="lobby-wait__title">You are in the lobby</p>
        <p>Somebody who leads the meeting will let you in. You may check your picture meanwhile.</p>
      </div>
      <Button look="quiet" onClick={onLeave}>
        Leave the lobby
      </Button>
    </div>
  );
}
