import type { Failure } from '../app/failure.ts';
import { type FailureText, textOfFailure } from '../app/failure-texts.ts';

/** What a person turns on and off. */
export type Source = 'camera' | 'microphone' | 'screen';

/** What can't be opened, for the words about it. */
export type ProblemSource = Source | 'both';

type DeviceCode =
  | 'permission_denied'
  | 'device_not_found'
  | 'device_in_use'
  | 'device_error'
  | 'track_ended'
  | 'insecure_context';

const TITLES: Record<DeviceCode, Record<ProblemSource, string>> = {
  permission_denied: {
    camera: 'Camera access refused',
    microphone: 'Microphone access refused',
    screen: 'Screen sharing refused',
    both: 'Camera and microphone access refused',
  },
  device_not_found: {
    camera: 'No camera found',
    microphone: 'No microphone found',
    screen: 'No screen found',
    both: 'No camera and no microphone found',
  },
  device_in_use: {
    camera: 'Camera in use',
    microphone: 'Microphone in use',
    screen: 'Screen in use',
    both: 'Camera and microphone in use',
  },
  device_error: {
    camera: 'Camera not working',
    microphone: 'Microphone not working',
    screen: 'Screen sharing not working',
    both: 'Camera and microphone not working',
  },
  track_ended: {
    camera: 'Camera stopped',
    microphone: 'Microphone stopped',
    screen: 'Screen sharing stopped',
    both: 'Camera and microphone stopped',
  },
  insecure_context: {
    camera: 'Camera not available here',
    microphone: 'Microphone not available here',
    screen: 'Screen sharing not available here',
    both: 'Camera and microphone not available here',
  },
};

function isDeviceCode(code: string): code is DeviceCode {
  return Object.hasOwn(TITLES, code);
}

/** The words for a camera, microphone or screen that can't be opened. */
export function textOfDeviceProblem(source: ProblemSource, failure: Failure): FailureText {
  const { title, text } = textOfFailure(failure);
  return { title: isDeviceCode(failure.code) ? TITLES[failure.code][source] : title, text };
}

/** One thing to tell about the devices, with the failure behind it. */
export interface DeviceProblem {
  readonly source: ProblemSource;
  readonly failure: Failure;
}

/** What to tell about camera and microphone: one thing where both have the same fault. */
export function deviceProblems(
  camera: Failure | null,
  microphone: Failure | null,
): readonly DeviceProblem[] {
  if (camera !== null && microphone !== null && camera.code === microphone.code) {
    return [{ source: 'both', failure: camera }];
  }
  const problems: DeviceProblem[] = [];
  if (camera !== null) problems.push({ source: 'camera', failure: camera });
  if (microphone !== null) problems.push({ source: 'microphone', failure: microphone });
  return problems;
}
