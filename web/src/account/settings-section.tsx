import { useEffect, useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { CheckField } from '../ui/field.tsx';
import { type AppSettings, SettingsStore } from './settings-store.ts';

const LABELS: Readonly<Record<keyof AppSettings, string>> = {
  join_muted: 'Join meetings with my microphone muted',
  join_without_camera: 'Join meetings with my camera off',
  mirror_own_video: 'Show my own picture as in a mirror',
};
const KEYS = Object.keys(LABELS) as (keyof AppSettings)[];

/** What the person wants meetings to be like. Each choice is kept at once. */
export function SettingsSection() {
  const account = useAccount();
  const [store] = useState(() => new SettingsStore(account));
  const { settings, failure } = useStore(store.state);
  useEffect(() => {
    void store.load();
  }, [store]);

  return (
    <div className="form">
      {settings === null && failure === null && <p role="status">Loading your settings…</p>}
      {settings !== null &&
        KEYS.map((key) => (
          <CheckField
            key={key}
            label={LABELS[key]}
            isChecked={settings[key]}
            onChange={(isChecked) => void store.choose(key, isChecked)}
          />
        ))}
      {failure !== null && <FailureAlert failure={failure} />}
      {failure !== null && settings === null && (
        <Button look="quiet" onClick={() => void store.load()}>
          Try again
        </Button>
      )}
    </div>
  );
}
