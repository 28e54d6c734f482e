import { useState } from 'react';
import { useStore } from '../app/store.ts';
import { DeviceSelects } from '../preview/device-selects.tsx';
import type { DevicesStore } from '../preview/devices-store.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { CheckField } from '../ui/field.tsx';
import { useMeeting } from './meeting-context.ts';
import { SHORTCUTS } from './shortcuts.ts';

interface SettingsDialogProps {
  readonly devices: DevicesStore;
  readonly hasShortcuts: boolean;
  readonly onShortcutsChange: (isOn: boolean) => void;
  readonly onClose: () => void;
}

const KINDS: readonly MediaDeviceKind[] = ['videoinput', 'audioinput', 'audiooutput'];

/** Other devices while in the meeting, and the keys that do something. */
export function SettingsDialog(props: SettingsDialogProps) {
  const meeting = useMeeting();
  const { available, choices } = useStore(props.devices.state);
  const [isBusy, setBusy] = useState(false);
  const active = KINDS.map((kind) => [kind, meeting.activeDevice(kind)] as const);
  const current = {
    ...choices,
    ...Object.fromEntries(active.filter(([, deviceId]) => deviceId !== undefined)),
  };

  async function choose(kind: MediaDeviceKind, deviceId: string) {
    if (isBusy) return;
    setBusy(true);
    await meeting.chooseDevice(kind, deviceId);
    setBusy(false);
  }

  return (
    <Dialog title="Settings" onClose={props.onClose}>
      <div className="form">
        <DeviceSelects
          available={available}
          current={current}
          onChoose={(kind, deviceId) => void choose(kind, deviceId)}
        />
        <h3 className="settings__heading">Keyboard</h3>
        <CheckField
          label="Use keyboard shortcuts"
          isChecked={props.hasShortcuts}
          onChange={props.onShortcutsChange}
        />
        <dl className="shortcuts">
          {Object.values(SHORTCUTS).map(({ key, meaning }) => (
            <div key={key} className="shortcuts__item">
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div className="dialog__buttons">
        <Button look="primary" onClick={props.onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
