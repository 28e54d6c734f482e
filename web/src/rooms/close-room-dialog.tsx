import { useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { isUpcoming, type ListedRoom } from './room-summary.ts';
import type { RoomsStore } from './rooms-store.ts';

interface CloseRoomDialogProps {
  readonly store: RoomsStore;
  readonly room: ListedRoom;
  readonly onClose: () => void;
}

/** Asks before a meeting is ended, or called off where it is still to come. */
export function CloseRoomDialog({ store, room, onClose }: CloseRoomDialogProps) {
  const isToCome = isUpcoming(room, Date.now());
  // What it closes is gone from the list then, and this dialog with it.
  const { isBusy, failure, submit } = useSubmit(() =>
    isToCome ? store.cancel(room) : store.end(room),
  );
  return (
    <Dialog title={isToCome ? 'Cancel this meeting?' : 'End this room?'} onClose={onClose}>
      <form onSubmit={submit}>
        {isToCome ? (
          <p>
            Everybody who was invited to <bdi>{room.name}</bdi> is told, and its link stops working
            for good.
          </p>
        ) : (
          <p>
            Everybody in <bdi>{room.name}</bdi> is sent out, and its link stops working for good.
          </p>
        )}
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="danger" disabled={isBusy}>
            {isToCome ? 'Cancel the meeting' : 'End the room'}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Keep it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
