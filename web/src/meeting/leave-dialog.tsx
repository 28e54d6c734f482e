import { useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { type Failure, toFailure } from '../app/failure.ts';
import { endRoom } from '../rooms/rooms-store.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { useMeeting } from './meeting-context.ts';

/** Asks the host whether to leave alone, or to end the meeting for all. */
export function LeaveDialog({ roomId, onClose }: { roomId: string; onClose: () => void }) {
  const account = useAccount();
  const meeting = useMeeting();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  async function endForAll() {
    setBusy(true);
    setFailure(null);
    try {
      // The server then sends everybody out, this page included.
      await endRoom(account, roomId);
    } catch (error) {
      setFailure(toFailure(error));
      setBusy(false);
    }
  }

  return (
    <Dialog title="Leave the meeting?" onClose={onClose}>
      <p>You are the host. The meeting can go on without you, or end for everybody, for good.</p>
      {failure !== null && <FailureAlert failure={failure} />}
      <div className="dialog__buttons">
        <Button look="primary" onClick={() => meeting.close()}>
          Leave meeting
        </Button>
        <Button look="danger" disabled={isBusy} onClick={() => void endForAll()}>
          End for all
        </Button>
        <Button look="quiet" onClick={onClose}>
          Stay
        </Button>
      </div>
    </Dialog>
  );
}
