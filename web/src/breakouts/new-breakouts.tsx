import { useRemoteParticipants } from '@balai/client/react';
import { useId, useState } from 'react';
import { useSubmit } from '../app/use-submit.ts';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';
import { groupsOf, MOST_GROUPS, type Places, spread } from './groups.ts';

/** Says how many rooms there are to be, and who goes where. */
export function NewBreakouts({ onClose }: { onClose: () => void }) {
  const { moderation } = useMeeting();
  const people = useRemoteParticipants();
  const [wanted, setWanted] = useState('2');
  const [chosen, setChosen] = useState<Places>(new Map());
  const count = Math.min(Math.max(1, Math.trunc(Number(wanted)) || 1), MOST_GROUPS);
  // Who is not placed by hand goes where they are spread to.
  const identities = people.map(({ identity }) => identity);
  const places: Places = new Map(
    [...spread(identities, count)].map(([identity, place]) => [
      identity,
      chosen.has(identity) ? (chosen.get(identity) ?? null) : place,
    ]),
  );
  const { isBusy, failure, submit } = useSubmit(async () => {
    await moderation.acts.createBreakouts(groupsOf(places, count));
  });

  function place(identity: string, group: number | null) {
    setChosen(new Map([...chosen, [identity, group]]));
  }

  return (
    <form className="form" onSubmit={submit} aria-label="New breakout rooms">
      <TextField
        label="Rooms"
        type="number"
        min={1}
        max={MOST_GROUPS}
        step={1}
        required
        value={wanted}
        onChange={(event) => {
          setWanted(event.target.value);
          setChosen(new Map());
        }}
      />
      <ul className="breakouts__people" aria-label="Who goes where">
        {people.map(({ identity, name }) => (
          <PlaceItem
            key={identity}
            name={name}
            place={places.get(identity) ?? null}
            groups={Array.from({ length: count }, (_, index) => `Group ${index + 1}`)}
            onPlace={(group) => place(identity, group)}
          />
        ))}
      </ul>
      {people.length === 0 && (
        <p className="breakouts__hint">Nobody else is here yet. You can send people there later.</p>
      )}
      {failure !== null && <FailureAlert failure={failure} />}
      <div className="dialog__buttons">
        <Button type="submit" look="primary" disabled={isBusy}>
          Open the rooms
        </Button>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

interface PlaceItemProps {
  readonly name: string;
  /** Index of the group; null for the main room. */
  readonly place: number | null;
  readonly groups: readonly string[];
  readonly onPlace: (group: number | null) => void;
}

/** Somebody, and where they go. */
export function PlaceItem({ name, place, groups, onPlace }: PlaceItemProps) {
  const id = useId();
  return (
    <li className="breakouts__person">
      <label className="breakouts__name" htmlFor={id}>
        <span className="visually-hidden">Room of </span>
        <bdi>{name}</bdi>
      </label>
      <select
        id={id}
        className="field__input breakouts__place"
        value={place ?? 'main'}
        onChange={({ target: { value } }) => onPlace(value === 'main' ? null : Number(value))}
      >
        <option value="main">Main room</option>
        {groups.map((group, index) => (
          <option key={group} value={index}>
            {group}
          </option>
        ))}
      </select>
    </li>
  );
}
