import { BalaiError } from '../errors.ts';
import { reportFault } from '../report-fault.ts';
import type { LocalAudioTrack } from '../tracks/local-track.ts';
import type { RemoteAudioTrack } from '../tracks/remote-track.ts';

/** How fine and how calm the analysis is; see the Web Audio API's `AnalyserNode`. */
export interface AudioAnalyserOptions {
  /** A power of two; default 2048. */
  fftSize?: number;
  /** From 0 to 1; default 0.8. */
  smoothingTimeConstant?: number;
}

/** Measures how loud a track is, for a level meter. */
export interface AudioAnalyser {
  /** From 0, silence, to 1. */
  calculateVolume(): number;
  /** The node that measures, for applications that draw spectra. */
  readonly analyser: AnalyserNode;
  /** Call it when the meter goes. Leaves the track alone. */
  cleanup(): Promise<void>;
}

/**
 * Measures a track, published or not. It follows the track to another device.
 *
 * @throws BalaiError `unsupported_browser` without the Web Audio API.
 */
export function createAudioAnalyser(
  track: LocalAudioTrack | RemoteAudioTrack,
  options: AudioAnalyserOptions = {},
): AudioAnalyser {
  if (typeof AudioContext === 'undefined') throw new BalaiError('unsupported_browser');
  const context = new AudioContext({ latencyHint: 'interactive' });
  const analyser = context.createAnalyser();
  analyser.fftSize = options.fftSize ?? 2048;
  analyser.smoothingTimeConstant = options.smoothingTimeConstant ?? 0.8;
  let source = connect(context, analyser, track);
  const onRestarted = () => {
    source.disconnect();
    source = connect(context, analyser, track);
  };
  track.watch('restarted', onRestarted);
  const levels = new Uint8Array(analyser.frequencyBinCount);
  return {
    analyser,
    calculateVolume() {
      // A context made before the person touched the page sleeps until it is asked again.
      if (context.state === 'suspended') context.resume().catch(reportSleep);
      analyser.getByteFrequencyData(levels);
      let sum = 0;
      for (const level of levels) sum += (level / 255) ** 2;
      return Math.sqrt(sum / levels.length);
    },
    async cleanup() {
      track.off('restarted', onRestarted);
      source.disconnect();
      if (context.state !== 'closed') await context.close();
    },
  };
}

function reportSleep(error: unknown): void {
  reportFault('sound cannot be measured yet', error);
}

function connect(
  context: AudioContext,
  analyser: AnalyserNode,
  track: LocalAudioTrack | RemoteAudioTrack,
): MediaStreamAudioSourceNode {
  const source = context.createMediaStreamSource(new MediaStream([track.mediaStreamTrack]));
  source.connect(analyser);
  return source;
}
