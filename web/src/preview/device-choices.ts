import { keep, readKept } from '../app/kept.ts';

/** The devices that a person chose; a missing one is left to the browser. */
export type DeviceChoices = { readonly [Kind in MediaDeviceKind]?: string };

const KEY = 'balai.devices';

/** The choices of the last visit in this browser. */
export function loadDeviceChoices(): DeviceChoices {
  const stored = readKept(KEY);
  if (stored === null) return {};
  try {
    return readChoices(JSON.parse(stored));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function readChoices(value: unknown): DeviceChoices {
  if (typeof value !== 'object' || value === null) return {};
  const kinds: readonly string[] = ['audioinput', 'videoinput', 'audiooutput'];
  return Object.fromEntries(
    Object.entries(value).filter(([kind, id]) => kinds.includes(kind) && typeof id === 'string'),
  );
}

/** Keeps the choices for the next visit. */
export function storeDeviceChoices(choices: DeviceChoices): void {
  keep(KEY, JSON.stringify(choices));
}
