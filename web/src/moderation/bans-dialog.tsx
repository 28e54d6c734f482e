import type { RoomBan } from '@balai/client/moderation';
import { useEffect, useState } from 'react';
import { type Failure, toFailure } from '../app/failure.ts';
import { textOfMoment } from '../app/moments.ts';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';

/** Who may not come in, and the way to lift that. */
export function BansDialog({ onClose }: { onClose: () => void }) {
  const { acts } = useMeeting().moderation;
  const [bans, setBans] = useState<readonly RoomBan[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);

  useEffect(() => {
    acts.listBans().then(setBans, (error: unknown) => setFailure(toFailure(error)));
  }, [acts]);

  async function lift(identity: string) {
    setFailure(null);
    try {
      await acts.unban(identity);
      setBans((now) => now?.filter((ban) => ban.identity !== identity) ?? null);
    } catch (error) {
      setFailure(toFailure(error));
    }
  }

  return (
    <Dialog title="Banned people" onClose={onClose}>
      {bans === null && failure === null && <p role="status">One moment…</p>}
      {bans?.length === 0 && <p role="status">Nobody is banned from this room.</p>}
      {bans !== null && bans.length > 0 && (
        <ul className="bans" aria-label="Banned people">
          {bans.map(({ identity, name, reason, bannedAt }) => (
            <li key={identity} className="bans__one">
              <span className="bans__text">
                <bdi className="bans__name">{name}</bdi>
                <span className="bans__facts">
                  {textOfMoment(bannedAt)}
                  {reason !== '' && ` · ${reason}`}
                </span>
              </span>
              <Button look="quiet" size="small" onClick={() => void lift(identity)}>
                Lift<span className="visually-hidden"> the ban of {name}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {failure !== null && <FailureAlert failure={failure} />}
      <div className="dialog__buttons">
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
