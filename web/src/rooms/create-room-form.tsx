import { useRef, useState } from 'react';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { CheckField, TextField } from '../ui/field.tsx';
import type { NewRoom } from './rooms-store.ts';
import { readStart, StartField } from './start-field.tsx';

/** Asks for what a new room is to be. */
export function CreateRoomForm(props: { onCreate: (room: NewRoom) => Promise<unknown> }) {
  const form = useRef<HTMLFormElement>(null);
  const [guestsAllowed, setGuestsAllowed] = useState(true);
  const [isLater, setLater] = useState(false);
  const { isBusy, failure, submit } = useSubmit(async (entered) => {
    const password = textOf(entered, 'room-password');
    await props.onCreate({
      name: textOf(entered, 'room-name').trim(),
      password: password === '' ? null : password,
      maxUsers: Number(textOf(entered, 'seats')),
      guestsAllowed,
      scheduledAt: readStart(entered),
    });
    form.current?.reset();
    setGuestsAllowed(true);
    setLater(false);
  });

  return (
    <form className="form" ref={form} onSubmit={submit} aria-label="New room">
      <TextField
        label="Name"
        name="room-name"
        required
        pattern=".*\S.*"
        maxLength={255}
        autoComplete="off"
        placeholder="Weekly meeting"
      />
      <div className="form__row">
        <TextField
          label="Password (optional)"
          name="room-password"
          type="text"
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
        />
        <TextField
          label="Seats"
          name="seats"
          type="number"
          min={1}
          max={10_000}
          step={1}
          defaultValue={10}
          required
        />
      </div>
      <div>
        <CheckField
          label="Guests without an account may join"
          isChecked={guestsAllowed}
          onChange={setGuestsAllowed}
        />
        <CheckField label="Schedule for later" isChecked={isLater} onChange={setLater} />
      </div>
      {isLater && <StartField isRequired />}
      {failure !== null && <FailureAlert failure={failure} />}
      <Button type="submit" look="primary" disabled={isBusy}>
        {isLater ? 'Schedule room' : 'Create room'}
      </Button>
    </form>
  );
}
