import { SelectField } from '../ui/field.tsx';
import { canChooseSpeaker } from './devices-store.ts';

interface DeviceSelectsProps {
  readonly available: readonly MediaDeviceInfo[];
  /** What is in use, or else chosen. */
  readonly current: { readonly [K in MediaDeviceKind]?: string | undefined };
  readonly onChoose: (kind: MediaDeviceKind, deviceId: string) => void;
}

const LABELS = {
  videoinput: 'Camera',
  audioinput: 'Microphone',
  audiooutput: 'Speaker',
} as const satisfies Record<MediaDeviceKind, string>;

/** The choice of camera, microphone and, where the browser has it, speaker. */
export function DeviceSelects(props: DeviceSelectsProps) {
  const kinds: MediaDeviceKind[] = ['videoinput', 'audioinput'];
  if (canChooseSpeaker) kinds.push('audiooutput');
  return (
    <>
      {kinds.map((kind) => (
        <DeviceSelect key={kind} kind={kind} {...props} />
      ))}
    </>
  );
}

function DeviceSelect({
  kind,
  available,
  current,
  onChoose,
}: DeviceSelectsProps & { kind: MediaDeviceKind }) {
  // Before the person gave access, browsers tell of devices without ids.
  const devices = available.filter((device) => device.kind === kind && device.deviceId !== '');
  const choices = devices.map((device, index) => ({
    value: device.deviceId,
    label: device.label === '' ? `${LABELS[kind]} ${index + 1}` : device.label,
  }));
  const value = choices.find((choice) => choice.value === current[kind])?.value;
  const none = { value: '', label: kind === 'audiooutput' ? 'System default' : 'None found' };
  return (
    <SelectField
      label={LABELS[kind]}
      value={value ?? choices[0]?.value ?? ''}
      choices={choices.length === 0 ? [none] : choices}
      onChoose={(deviceId) => onChoose(kind, deviceId)}
      isDisabled={choices.length === 0}
    />
  );
}
