import type { Failure } from '../app/failure.ts';
import { type FailureText, textOfFailure } from '../app/failure-texts.ts';

/** What a person turns on and off. */
export type Source = 'camera' | 'microphone' | 'screen';

type DeviceCode =
  | 'permission_denied'
  | 'device_not_found'
  | 'device_in_use'
  | 'device_error'
  | 'track_ended'
  | 'insecure_context';

const TITLES: Record<DeviceCode, Record<Source, string>> = {
  permission_denied: {
    camera: 'Camera access refused',
    microphone: 'Microphone access refused',
    screen: 'Screen sharing refused',
  },
  device_not_found: {
    camera: 'No camera found',
    microphone: 'No microphone found',
    screen: 'No screen found',
  },
  device_in_use: {
    camera: 'Camera in use',
    microphone: 'Microphone in use',
    screen: 'Screen in use',
  },
  device_error: {
    camera: 'Camera not working',
    microphone: 'Microphone not working',
    screen: 'Screen sharing not working',
  },
  track_ended: {
    camera: 'Camera stopped',
    microphone: 'Microphone stopped',
    screen: 'Screen sharing stopped',
  },
  insecure_context: {
    camera: 'Camera not available here',
    microphone: 'Microphone not available here',
    screen: 'Screen sharing not available here',
  },
};

function isDeviceCode(code: string): code is DeviceCode {
  return Object.hasOwn(TITLES, code);
}

/** The words for a camera, microphone or screen that can't be opened. */
export function textOfDeviceProblem(source: Source, failure: Failure): FailureText {
  const { title, text } = textOfFailure(failure);
  return { title: isDeviceCode(failure.code) ? TITLES[failure.code][source] : title, text };
}
