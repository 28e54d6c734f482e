import { useMediaDevices } from '@balai/client/react';
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

/** Other devices while in the meeting, and the keys that do something. */
export function SettingsDialog(props: SettingsDialogProps) {
  const meeting = useMeeting();
  const { choices } = useStore(props.devices.state);
  const cameras = useMediaDevices('videoinput');
  const microphones = useMediaDevices('audioinput');
  const speakers = useMediaDevices('audiooutput');
  const [isBusy, setBusy] = useState(false);
  const available = [cameras, microphones, speakers].flatMap(({ devices }) => devices);
  const current = {
    videoinput: cameras.activeDeviceId ?? choices.videoinput,
    audioinput: microphones.activeDeviceId ?? choices.audioinput,
    audiooutput: speakers.activeDeviceId ?? choices.audiooutput,
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
