import type { Participant } from '@balai/client';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';

interface RemoveDialogProps {
  readonly act: 'remove' | 'ban';
  readonly person: Participant;
  readonly onClose: () => void;
}

/** Asks before somebody is sent out. */
export function RemoveDialog({ act, person, onClose }: RemoveDialogProps) {
  const { moderation } = useMeeting();
  const isBan = act === 'ban';
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    const reason = textOf(form, 'reason').trim();
    if (isBan) await moderation.acts.ban(person, reason === '' ? undefined : reason);
    else await moderation.acts.remove(person);
    moderation.tell(isBan ? `${person.name} was banned` : `${person.name} was removed`);
    onClose();
  });
  return (
    <Dialog title={isBan ? `Ban ${person.name}?` : `Remove ${person.name}?`} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <p>
          {isBan
            ? 'They are sent out at once, and do not come in again until the ban is lifted.'
            : 'They are sent out at once. With the link they may come back.'}
        </p>
        {isBan && (
          <TextField
            label="Reason (optional)"
            name="reason"
            maxLength={200}
            autoComplete="off"
            hint="For those who lead the meeting."
          />
        )}
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="danger" disabled={isBusy}>
            {isBan ? 'Ban' : 'Remove'}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
