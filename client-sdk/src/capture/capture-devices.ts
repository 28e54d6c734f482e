import { BalaiError, MediaDeviceError } from '../errors.ts';
import type { DisplayConstraints } from './constraints.ts';
import { toMediaDeviceError } from './media-device-failure.ts';

/** Where cameras, microphones and screens come from. */
export interface CaptureDevices {
  /** @throws MediaDeviceError */
  openUserMedia(constraints: MediaStreamConstraints): Promise<MediaStreamTrack[]>;
  /** @throws MediaDeviceError */
  openDisplay(constraints: DisplayConstraints): Promise<MediaStreamTrack[]>;
}

/** The browser's. */
export const browserCapture: CaptureDevices = {
  async openUserMedia(constraints) {
    const kind = kindOf(constraints);
    const devices = mediaDevices(kind);
    try {
      return (await devices.getUserMedia(constraints)).getTracks();
    } catch (cause) {
      throw toMediaDeviceError(cause, kind);
    }
  },

  async openDisplay(constraints) {
    const devices = mediaDevices(undefined);
    if (typeof devices.getDisplayMedia !== 'function') throw new BalaiError('unsupported_browser');
    try {
      return (await devices.getDisplayMedia(constraints)).getTracks();
    } catch (cause) {
      throw toMediaDeviceError(cause, undefined);
    }
  },
};

/** The browser's list of devices, or undefined where it has none (Node.js, plain HTTP). */
export function findMediaDevices(): MediaDevices | undefined {
  return typeof navigator === 'undefined' ? undefined : navigator.mediaDevices;
}

function mediaDevices(kind: MediaDeviceKind | undefined): MediaDevices {
  const devices = findMediaDevices();
  if (devices) return devices;
  const isInsecure = typeof window !== 'undefined' && !window.isSecureContext;
  throw new MediaDeviceError(isInsecure ? 'insecure_context' : 'unsupported_browser', kind);
}

function kindOf({ audio, video }: MediaStreamConstraints): MediaDeviceKind | undefined {
  if (audio && video) return undefined;
  return audio ? 'audioinput' : 'videoinput';
}
