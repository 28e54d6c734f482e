import type {
  AudioCaptureOptions,
  ScreenShareCaptureOptions,
  VideoCaptureOptions,
} from '../options.ts';
import { VideoPresets } from '../video-presets.ts';

/** What the DOM's types do not know yet, and browsers do. */
export type DisplayConstraints = DisplayMediaStreamOptions &
  Pick<
    ScreenShareCaptureOptions,
    | 'selfBrowserSurface'
    | 'surfaceSwitching'
    | 'systemAudio'
    | 'preferCurrentTab'
    | 'suppressLocalAudioPlayback'
    | 'controller'
  >;

const SCREEN_FRAMERATE = 30;

/** A device that was chosen is meant: another one instead would be a surprise. */
function exactDevice(deviceId: ConstrainDOMString | undefined): MediaTrackConstraints {
  if (deviceId === undefined || deviceId === '') return {};
  return { deviceId: typeof deviceId === 'string' ? { exact: deviceId } : deviceId };
}

/** For `getUserMedia`. */
export function audioConstraints(options: AudioCaptureOptions): MediaTrackConstraints {
  const { deviceId, processor, ...processing } = options;
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
  const { width, height, frameRate, aspectRatio } =
    options.resolution ?? VideoPresets.h720.resolution;
  const rate = options.frameRate ?? (frameRate && { ideal: frameRate });
  return {
    width: { ideal: width },
    height: { ideal: height },
    ...(aspectRatio && { aspectRatio: { ideal: aspectRatio } }),
    ...(rate && { frameRate: rate }),
    ...(options.facingMode && { facingMode: options.facingMode }),
    ...exactDevice(options.deviceId),
  };
}

/** For `getDisplayMedia`. Without a resolution the screen comes in its own size. */
export function displayConstraints(options: ScreenShareCaptureOptions): DisplayConstraints {
  const { resolution, audio = true, video, contentHint, ...dialog } = options;
  const { deviceId, processor, ...processing } = typeof audio === 'object' ? audio : {};
  return {
    video: {
      frameRate: { ideal: resolution?.frameRate ?? SCREEN_FRAMERATE },
      ...(resolution?.width && {
        width: { max: resolution.width },
        height: { max: resolution.height },
      }),
      ...(typeof video === 'object' && video),
    },
    // Processing is for voices; it spoils music.
    audio: audio !== false && {
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      ...processing,
    },
    ...dialog,
  };
}
