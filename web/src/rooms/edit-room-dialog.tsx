import { useState } from 'react';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { CheckField, TextField } from '../ui/field.tsx';
import type { ListedRoom } from './room-summary.ts';
import type { RoomChanges, RoomsStore } from './rooms-store.ts';
import { readStart, StartField } from './start-field.tsx';

interface EditRoomDialogProps {
  readonly store: RoomsStore;
  readonly room: ListedRoom;
  readonly onClose: () => void;
}

/** Changes what a room is: name, start, seats, password. */
export function EditRoomDialog({ store, room, onClose }: EditRoomDialogProps) {
  const [isOpenToAll, setOpenToAll] = useState(false);
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    const changes = readChanges(form, room, isOpenToAll);
    if (Object.keys(changes).length > 0) await store.update(room, changes);
    onClose();
  });
  return (
    <Dialog title="Edit room" onClose={onClose}>
      <form className="form" onSubmit={submit} aria-label="Edit room">
        <TextField
          label="Name"
          name="name"
          required
          pattern=".*\S.*"
          maxLength={255}
          autoComplete="off"
          defaultValue={room.name}
        />
        <TextField
          label="Description (optional)"
          name="description"
          maxLength={2_000}
          autoComplete="off"
          defaultValue={room.description ?? ''}
        />
        <StartField start={room.scheduledAt} />
        <TextField
          label="Seats"
          name="seats"
          type="number"
          min={1}
          max={10_000}
          step={1}
          defaultValue={room.maxUsers}
          required
        />
        {!isOpenToAll && (
          <TextField
            label={room.hasPassword ? 'New password' : 'Password (optional)'}
            name="password"
            type="text"
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
            {...(room.hasPassword ? { hint: 'Leave it empty to keep the present one.' } : {})}
          />
        )}
        {room.hasPassword && (
          <CheckField
            label="Take the password away"
            isChecked={isOpenToAll}
            onChange={setOpenToAll}
          />
        )}
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="primary" disabled={isBusy}>
            Save
          </Button>
          <Button look="quiet" onClick={onClose}>
            Leave it as it is
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What was entered that is not so already. */
export function readChanges(form: FormData, room: ListedRoom, isOpenToAll: boolean): RoomChanges {
  const name = textOf(form, 'name').trim();
  const description = textOf(form, 'description').trim() || null;
  const maxUsers = Number(textOf(form, 'seats'));
  const password = textOf(form, 'password');
  const start = readStart(form);
  const isSameStart = minuteOf(start) === minuteOf(room.scheduledAt);
  return {
    ...(name === room.name ? {} : { name }),
    ...(description === room.description ? {} : { description }),
    ...(maxUsers === room.maxUsers ? {} : { maxUsers }),
    ...(isSameStart ? {} : { scheduledAt: start }),
    ...(isOpenToAll ? { password: null } : password === '' ? {} : { password }),
  };
}

/** The field knows no seconds. */
function minuteOf(timestamp: string | null): number | null {
  return timestamp === null ? null : Math.floor(Date.parse(timestamp) / 60_000);
}
