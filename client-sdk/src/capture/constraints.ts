import type {
  AudioCaptureOptions,
  ScreenShareCaptureOptions,
  VideoCaptureOptions,
} from '../options.ts';
import { VideoPresets } from '../video-presets.ts';

/** What the DOM's types do not know yet, and browsers do. */
export type DisplayConstraints = DisplayMediaStreamOptions & {
  selfBrowserSurface?: 'include' | 'exclude';
  surfaceSwitching?: 'include' | 'exclude';
  systemAudio?: 'include' | 'exclude';
};

const SCREEN_FRAMERATE = 30;

/** A device that was chosen is meant: another one instead would be a surprise. */
function exactDevice(deviceId: ConstrainDOMString | undefined): MediaTrackConstraints {
  if (deviceId === undefined || deviceId === '') return {};
  return { deviceId: typeof deviceId === 'string' ? { exact: deviceId } : deviceId };
}

/** For `getUserMedia`. */
export function audioConstraints(options: AudioCaptureOptions): MediaTrackConstraints {
  const { deviceId, ...processing } = options;
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...processing,
    ...exactDevice(deviceId),
  };
}

/** For `getUserMedia`. */
export function videoConstraints(options: VideoCaptureOptions): MediaTrackConstraints {
  const { width, height, frameRate } = options.resolution ?? VideoPresets.h720.resolution;
  return {
    width: { ideal: width },
    height: { ideal: height },
    ...(frameRate === undefined ? {} : { frameRate: { ideal: frameRate } }),
    ...(options.facingMode && { facingMode: options.facingMode }),
    ...exactDevice(options.deviceId),
  };
}

/** For `getDisplayMedia`. Without a resolution the screen comes in its own size. */
export function displayConstraints(options: ScreenShareCaptureOptions): DisplayConstraints {
  const { resolution, selfBrowserSurface, surfaceSwitching, systemAudio } = options;
  const hasAudio = options.audio ?? true;
  return {
    video: {
      frameRate: { ideal: resolution?.frameRate ?? SCREEN_FRAMERATE },
      ...(resolution && {
        width: { max: resolution.width },
        height: { max: resolution.height },
      }),
    },
    // Processing is for voices; it spoils music.
    audio: hasAudio && {
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
    },
    ...(selfBrowserSurface && { selfBrowserSurface }),
    ...(surfaceSwitching && { surfaceSwitching }),
    ...(systemAudio && { systemAudio }),
  };
}
