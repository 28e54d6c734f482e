import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import { describe, expect, test } from 'vitest';
import { FakeCapture } from '../../test/fakes/fake-capture.ts';
import { turnsUntil } from '../../test/turns-until.ts';
import { openCamera, openMicrophone } from '../capture/create-local-tracks.ts';
import { MediaDeviceError } from '../errors.ts';
import { LocalVideoTrack, type Upstream } from './local-track.ts';
import type { TrackProcessor } from './track-processor.ts';

/** Takes what a track sends, and keeps it. */
class FakeUpstream implements Upstream {
  readonly trackId = 'track';
  readonly sent: MediaStreamTrack[] = [];
  isMuted = false;
  async setMuted(isMuted: boolean): Promise<void> {
    this.isMuted = isMuted;
  }
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    this.sent.push(track);
  }
  async getStats(): Promise<RTCStatsReport> {
    return new Map();
  }
}

/** A processor of sound that notes what it is told. Video needs a page. */
class FakeProcessor implements TrackProcessor<'audio'> {
  readonly name = 'fake';
  readonly log: string[] = [];
  processedTrack: MediaStreamTrack | undefined;
  failure: Error | undefined;

  async init({ track }: { track: MediaStreamTrack }): Promise<void> {
    this.#take('init', track);
  }
  async restart({ track }: { track: MediaStreamTrack }): Promise<void> {
    this.#take('restart', track);
  }
  async destroy(): Promise<void> {
    this.log.push('destroy');
  }
  #take(what: string, track: MediaStreamTrack): void {
    this.log.push(`${what} ${track.getSettings().deviceId}`);
    if (this.failure) throw this.failure;
    this.processedTrack = new FakeMediaStreamTrack({ kind: 'audio' });
  }
}

/** The Web Audio API is the browser's; a processor only gets it handed over. */
globalThis.AudioContext ??= class {
  state = 'running';
  async close(): Promise<void> {
    this.state = 'closed';
  }
} as unknown as typeof AudioContext;

async function setUpMicrophone() {
  const capture = new FakeCapture();
  const track = await openMicrophone(capture, { noiseSuppression: false });
  const upstream = new FakeUpstream();
  await track.bind(async () => upstream);
  return { capture, track, upstream };
}

describe('a track that is restarted', () => {
  test('opens its device anew with other options, and sends that', async () => {
    const { capture, track, upstream } = await setUpMicrophone();
    const [former] = capture.opened;
    await track.restartTrack({ echoCancellation: false });
    expect(former?.readyState).toBe('ended');
    expect(capture.openings.at(-1)).toMatchObject({
      audio: { echoCancellation: false, noiseSuppression: true },
    });
    expect(track.mediaStreamTrack).toBe(capture.opened[1]);
    expect(upstream.sent).toEqual([capture.opened[1]]);
  });

  test('without options opens the same device in the same way', async () => {
    const { capture, track } = await setUpMicrophone();
    await track.setDeviceId('headset');
    await track.restartTrack();
    expect(track.deviceId).toBe('headset');
    expect(capture.openings.at(-1)).toMatchObject({ audio: { noiseSuppression: false } });
  });

  test('keeps the chosen device, unless the options name one', async () => {
    const { track } = await setUpMicrophone();
    await track.setDeviceId('headset');
    await track.restartTrack({ autoGainControl: false });
    expect(track.deviceId).toBe('headset');
    await track.restartTrack({ deviceId: 'desk' });
    expect(track.deviceId).toBe('desk');
  });

  test('goes on as before where that fails', async () => {
    const { capture, track } = await setUpMicrophone();
    const failure = new MediaDeviceError('device_in_use', 'audioinput');
    capture.failures.set('audio', failure);
    const restarted = track.restartTrack({ noiseSuppression: true });
    const refused = expect(restarted).rejects.toBe(failure);
    // The first was before, the second is refused, and the third has the former options.
    await turnsUntil(() => capture.openings.length === 3);
    capture.failures.clear();
    await refused;
    expect(track.mediaStreamTrack.readyState).toBe('live');
    expect(capture.openings.at(-1)).toMatchObject({ audio: { noiseSuppression: false } });
  });

  test('stays closed while it is muted, and is as wished afterwards', async () => {
    const capture = new FakeCapture();
    const camera = await openCamera(capture, {});
    await camera.mute();
    await camera.restartTrack({ facingMode: 'environment' });
    expect(capture.live).toEqual([]);
    await camera.unmute();
    expect(capture.openings.at(-1)).toMatchObject({ video: { facingMode: 'environment' } });
  });

  test('is refused to the application for a track of its own', async () => {
    const mediaStreamTrack = new FakeMediaStreamTrack({ kind: 'video' });
    const own = new LocalVideoTrack({ source: 'camera', mediaStreamTrack, openDevice: undefined });
    await expect(own.restartTrack()).rejects.toMatchObject({ code: 'device_error' });
    expect(mediaStreamTrack.readyState).toBe('live');
  });
});

describe('a processor', () => {
  test('makes what is sent, and keeps the device open', async () => {
    const { capture, track, upstream } = await setUpMicrophone();
    const processor = new FakeProcessor();
    const told: (string | undefined)[] = [];
    track.on('trackProcessorUpdate', (present) => told.push(present?.name));
    await track.setProcessor(processor);
    expect(track.getProcessor()).toBe(processor);
    expect(track.mediaStreamTrack).toBe(processor.processedTrack);
    expect(upstream.sent).toEqual([processor.processedTrack]);
    expect(track.deviceId).toBe('default');

    await track.stopProcessor();
    expect(track.getProcessor()).toBeUndefined();
    expect(track.mediaStreamTrack).toBe(capture.live[0]);
    expect(upstream.sent.at(-1)).toBe(capture.live[0]);
    expect(processor.log).toEqual(['init default', 'destroy']);
    expect(told).toEqual(['fake', undefined]);
  });

  test('goes on with another device', async () => {
    const { capture, track, upstream } = await setUpMicrophone();
    const processor = new FakeProcessor();
    await track.setProcessor(processor);
    await track.setDeviceId('headset');
    expect(processor.log).toEqual(['init default', 'restart headset']);
    expect(upstream.sent.at(-1)).toBe(processor.processedTrack);
    expect(capture.live).toHaveLength(1);
  });

  test('gives way to another one', async () => {
    const { track } = await setUpMicrophone();
    const [first, second] = [new FakeProcessor(), new FakeProcessor()];
    await track.setProcessor(first);
    await track.setProcessor(second);
    expect(first.log).toEqual(['init default', 'destroy']);
    expect(track.mediaStreamTrack).toBe(second.processedTrack);
  });

  test('that fails is ended, and the track goes on without it', async () => {
    const { capture, track, upstream } = await setUpMicrophone();
    const processor = new FakeProcessor();
    processor.failure = new Error('no model');
    await expect(track.setProcessor(processor)).rejects.toThrow('no model');
    expect(processor.log).toEqual(['init default', 'destroy']);
    expect(track.getProcessor()).toBeUndefined();
    expect(upstream.sent.at(-1)).toBe(capture.live[0]);
  });

  test('is silent with its muted track, and ends with it', async () => {
    const { capture, track } = await setUpMicrophone();
    const processor = new FakeProcessor();
    await track.setProcessor(processor);
    await track.mute();
    expect(track.mediaStreamTrack.enabled).toBe(false);
    expect(capture.opened[0]?.enabled).toBe(false);
    await track.unmute();
    expect(processor.processedTrack?.enabled).toBe(true);
    track.stop();
    expect(processor.log.at(-1)).toBe('destroy');
    expect(capture.live).toEqual([]);
    expect(processor.processedTrack?.readyState).toBe('ended');
  });
});
