import type { BreakoutRoom } from '@balai/client/moderation';
import { useLocalParticipant, useRemoteParticipants } from '@balai/client/react';
import { Megaphone } from 'lucide-react';
import { useState } from 'react';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';
import { PlaceItem } from './new-breakouts.tsx';

interface RunningBreakoutsProps {
  readonly rooms: readonly BreakoutRoom[];
  readonly onClose: () => void;
}

/** The rooms that there are: who is where, a word to all of them, and the way back. */
export function RunningBreakouts({ rooms, onClose }: RunningBreakoutsProps) {
  const { moderation } = useMeeting();
  const { acts } = moderation;
  const here = useRemoteParticipants();
  const { localParticipant } = useLocalParticipant();
  const assigned = new Set(rooms.flatMap(({ identities }) => identities));
  const unassigned = here.map(({ identity }) => identity).filter((one) => !assigned.has(one));
  const recall = useSubmit(async () => {
    await acts.recallBreakouts();
    onClose();
  });
  const names = rooms.map(({ name }) => name);

  function send(identity: string, group: number | null) {
    const roomId = group === null ? null : (rooms[group]?.id ?? null);
    void moderation.attempt(`${moderation.nameOf(identity)} stays where they are.`, () =>
      acts.assignToBreakout(identity, roomId),
    );
  }

  async function goTo(roomId: string) {
    const isSent = await moderation.attempt('You are still here.', () =>
      acts.assignToBreakout(localParticipant.identity, roomId),
    );
    if (isSent) onClose();
  }

  const itemOf = (identity: string, place: number | null) => (
    <PlaceItem
      key={identity}
      name={moderation.nameOf(identity)}
      place={place}
      groups={names}
      onPlace={(group) => send(identity, group)}
    />
  );

  return (
    <div className="form">
      {rooms.map(({ id, name, identities }, index) => (
        <section key={id} className="breakouts__room" aria-labelledby={`breakout-${id}`}>
          <header className="breakouts__head">
            <h3 className="breakouts__title" id={`breakout-${id}`} dir="auto">
              {name} ({identities.length})
            </h3>
            {!identities.includes(localParticipant.identity) && (
              <Button look="quiet" size="small" onClick={() => void goTo(id)}>
                Go there<span className="visually-hidden">: {name}</span>
              </Button>
            )}
          </header>
          <ul className="breakouts__people">{identities.map((one) => itemOf(one, index))}</ul>
        </section>
      ))}
      {unassigned.length > 0 && (
        <section className="breakouts__room" aria-labelledby="breakout-main">
          <h3 className="breakouts__title" id="breakout-main">
            Main room ({unassigned.length})
          </h3>
          <ul className="breakouts__people">{unassigned.map((one) => itemOf(one, null))}</ul>
        </section>
      )}
      <BroadcastForm />
      <form className="dialog__buttons" onSubmit={recall.submit}>
        {recall.failure !== null && <FailureAlert failure={recall.failure} />}
        <Button type="submit" look="danger" disabled={recall.isBusy}>
          Call everybody back
        </Button>
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </form>
    </div>
  );
}

function BroadcastForm() {
  const { moderation } = useMeeting();
  const [text, setText] = useState('');
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    await moderation.acts.broadcast(textOf(form, 'text').trim());
    setText('');
    moderation.tell('Your words are in the chat of every breakout room');
  });
  return (
    <form className="breakouts__broadcast" onSubmit={submit}>
      <TextField
        label="Message to all rooms"
        name="text"
        required
        pattern=".*\S.*"
        maxLength={4_000}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" look="quiet" disabled={isBusy}>
        <Megaphone size={18} aria-hidden="true" /> Send
      </Button>
      {failure !== null && <FailureAlert failure={failure} />}
    </form>
  );
}
