import { useEffect, useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { type Failure, toFailure } from '../app/failure.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { CheckField } from '../ui/field.tsx';

/** The switches of a room, as people read them. */
const SWITCHES = [
  ['lobby_enabled', 'Lobby: who comes waits to be let in'],
  ['listeners_by_default', 'Stage: who comes is a listener first'],
  ['hand_raising', 'Everybody may raise a hand'],
  ['reactions_enabled', 'Everybody may send reactions'],
  ['chat_enabled', 'Everybody may write in the chat'],
  ['files_enabled', 'Everybody may send files'],
  ['guests_allowed', 'People without an account may join'],
] as const;

type Key = (typeof SWITCHES)[number][0];
type Switches = Readonly<Record<Key, boolean>>;

/** Turns on and off what holds in a room. Each switch works at once. */
export function RoomSettingsDialog(props: { roomId: string; onClose: () => void }) {
  const { roomId, onClose } = props;
  const account = useAccount();
  const path = `/v1/rooms/${encodeURIComponent(roomId)}/settings`;
  const [switches, setSwitches] = useState<Switches | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);

  useEffect(() => {
    account
      .request<Switches>(path)
      .then(setSwitches, (error: unknown) => setFailure(toFailure(error)));
  }, [account, path]);

  async function turn(key: Key, value: boolean) {
    const before = switches;
    if (before === null) return;
    setFailure(null);
    setSwitches({ ...before, [key]: value });
    try {
      setSwitches(
        await account.request<Switches>(`${path}/${key}`, { method: 'PUT', body: { value } }),
      );
    } catch (error) {
      setSwitches(before);
      setFailure(toFailure(error));
    }
  }

  return (
    <Dialog title="Room settings" onClose={onClose}>
      {switches === null && failure === null && <p role="status">One moment…</p>}
      {switches !== null &&
        SWITCHES.map(([key, label]) => (
          <CheckField
            key={key}
            label={label}
            isChecked={switches[key]}
            onChange={(value) => void turn(key, value)}
          />
        ))}
      {failure !== null && <FailureAlert failure={failure} />}
      <div className="dialog__buttons">
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
