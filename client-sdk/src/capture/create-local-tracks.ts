import type { MediaKind } from '@balai/protocol';
import type {
  AudioCaptureOptions,
  CreateLocalTracksOptions,
  ScreenShareCaptureOptions,
  VideoCaptureOptions,
} from '../options.ts';
import {
  LocalAudioTrack,
  type LocalTrack,
  type LocalTrackBase,
  LocalVideoTrack,
} from '../tracks/local-track.ts';
import type { TrackProcessor } from '../tracks/track-processor.ts';
import { browserCapture, type CaptureDevices } from './capture-devices.ts';
import { audioConstraints, displayConstraints, videoConstraints } from './constraints.ts';

/**
 * Opens microphone and camera with one question to the person, for example for
 * a preview. Publish the same tracks afterwards; stop those that you don't.
 *
 * @throws MediaDeviceError `permission_denied`, `device_not_found`, `device_in_use`,
 * `insecure_context`. Nothing stays open then.
 */
export function createLocalTracks(options: CreateLocalTracksOptions = {}): Promise<LocalTrack[]> {
  return openTracks(browserCapture, options);
}

/**
 * Opens a microphone.
 *
 * @throws MediaDeviceError as {@link createLocalTracks}.
 */
export function createLocalAudioTrack(options: AudioCaptureOptions = {}): Promise<LocalAudioTrack> {
  return openMicrophone(browserCapture, options);
}

/**
 * Opens a camera.
 *
 * @throws MediaDeviceError as {@link createLocalTracks}.
 */
export function createLocalVideoTrack(options: VideoCaptureOptions = {}): Promise<LocalVideoTrack> {
  return openCamera(browserCapture, options);
}

/**
 * Lets the person choose a screen, a window or a tab. The answer holds its
 * picture first, and its sound where the browser gives it.
 *
 * @throws MediaDeviceError `permission_denied`, also when the person closes the dialog.
 * @throws BalaiError `unsupported_browser`, as on most phones.
 */
export function createLocalScreenTracks(
  options: ScreenShareCaptureOptions = {},
): Promise<LocalTrack[]> {
  return openScreen(browserCapture, options);
}

/** As {@link createLocalTracks}, from any devices. */
export async function openTracks(
  capture: CaptureDevices,
  options: CreateLocalTracksOptions,
): Promise<LocalTrack[]> {
  const audio = optionsOf(options.audio);
  const video = optionsOf(options.video);
  if (!audio && !video) return [];
  const opened = await capture.openUserMedia({
    ...(audio && { audio: audioConstraints(audio) }),
    ...(video && { video: videoConstraints(video) }),
  });
  return await Promise.all(
    opened.map((track) =>
      track.kind === 'audio'
        ? microphoneTrack(capture, audio || {}, track)
        : cameraTrack(capture, video || {}, track),
    ),
  );
}

/** As {@link createLocalAudioTrack}, from any devices. */
export async function openMicrophone(
  capture: CaptureDevices,
  options: AudioCaptureOptions,
): Promise<LocalAudioTrack> {
  return await microphoneTrack(
    capture,
    options,
    await openOne(capture, { audio: audioConstraints(options) }),
  );
}

/** As {@link createLocalVideoTrack}, from any devices. */
export async function openCamera(
  capture: CaptureDevices,
  options: VideoCaptureOptions,
): Promise<LocalVideoTrack> {
  return await cameraTrack(
    capture,
    options,
    await openOne(capture, { video: videoConstraints(options) }),
  );
}

/** As {@link createLocalScreenTracks}, from any devices. */
export async function openScreen(
  capture: CaptureDevices,
  options: ScreenShareCaptureOptions,
): Promise<LocalTrack[]> {
  const opened = await capture.openDisplay(displayConstraints(options));
  // Chrome lists the sound first.
  return opened
    .toSorted((a, b) => b.kind.localeCompare(a.kind))
    .map((mediaStreamTrack) => {
      if (mediaStreamTrack.kind === 'audio') {
        mediaStreamTrack.contentHint = 'music';
        return new LocalAudioTrack({
          source: 'screen_share_audio',
          mediaStreamTrack,
          openDevice: undefined,
        });
      }
      mediaStreamTrack.contentHint = options.contentHint ?? 'detail';
      return new LocalVideoTrack({
        source: 'screen_share',
        mediaStreamTrack,
        openDevice: undefined,
      });
    });
}

async function microphoneTrack(
  capture: CaptureDevices,
  options: AudioCaptureOptions,
  mediaStreamTrack: MediaStreamTrack,
): Promise<LocalAudioTrack> {
  const track = new LocalAudioTrack({
    source: 'microphone',
    mediaStreamTrack,
    openDevice: (
      deviceId = options.deviceId,
      changed: Omit<AudioCaptureOptions, 'processor'> = options,
    ) => openOne(capture, { audio: audioConstraints(withDevice(changed, deviceId)) }),
  });
  await process(track, options.processor);
  return track;
}

/** @throws what the processor's `init` throws; nothing stays open then. */
async function process<K extends MediaKind>(
  track: LocalTrackBase<K>,
  processor: TrackProcessor<K> | undefined,
): Promise<void> {
  if (!processor) return;
  try {
    await track.setProcessor(processor);
  } catch (error) {
    track.stop();
    throw error;
  }
}

async function cameraTrack(
  capture: CaptureDevices,
  options: VideoCaptureOptions,
  mediaStreamTrack: MediaStreamTrack,
): Promise<LocalVideoTrack> {
  const track = new LocalVideoTrack({
    source: 'camera',
    mediaStreamTrack,
    openDevice: (
      deviceId = options.deviceId,
      changed: Omit<VideoCaptureOptions, 'processor'> = options,
    ) => {
      // Another camera need not look the same way as the first one.
      const { facingMode, ...rest } = changed;
      const isSame = deviceId === changed.deviceId;
      const wanted = isSame && facingMode ? { ...rest, facingMode } : rest;
      return openOne(capture, { video: videoConstraints(withDevice(wanted, deviceId)) });
    },
  });
  await process(track, options.processor);
  return track;
}

function withDevice<O extends { deviceId?: ConstrainDOMString }>(
  options: O,
  deviceId: ConstrainDOMString | undefined,
): O {
  return deviceId === undefined ? options : { ...options, deviceId };
}

async function openOne(
  capture: CaptureDevices,
  constraints: MediaStreamConstraints,
): Promise<MediaStreamTrack> {
  const [track] = await capture.openUserMedia(constraints);
  if (!track) throw new TypeError('The browser opened no device.');
  return track;
}

/** Undefined means the defaults, as in livekit-client. */
function optionsOf<O extends object>(wish: boolean | O | undefined): O | undefined {
  if (wish === false) return undefined;
  return typeof wish === 'object' ? wish : ({} as O);
}
