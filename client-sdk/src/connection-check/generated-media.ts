/** A track that is made here, without any device and without permission. */
export interface GeneratedTrack {
  readonly track: MediaStreamTrack;
  /** Idempotent. */
  stop(): void;
}

/** What the painting is like. */
export interface PaintingOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  /** Noise needs every bit that it gets; bars need few. */
  readonly look: 'bars' | 'noise';
}

const TONE_HZ = 440;
const TONE_GAIN = 0.05;
/** A browser that plays sound does so at once. */
const SOUND_WAIT_MS = 500;
/** Noise is painted out of one larger piece. */
const NOISE_MARGIN = 64;

/** A picture that moves. */
export function paint({ width, height, frameRate, look }: PaintingOptions): GeneratedTrack {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const brush = canvas.getContext('2d');
  const noise = look === 'noise' ? makeNoise(width + NOISE_MARGIN, height + NOISE_MARGIN) : null;
  let frame = 0;
  const paintFrame = () => {
    frame += 1;
    if (noise) {
      brush?.drawImage(noise, -Math.random() * NOISE_MARGIN, -Math.random() * NOISE_MARGIN);
      return;
    }
    for (let bar = 0; bar < 8; bar += 1) {
      if (brush) brush.fillStyle = `hsl(${(bar * 45 + frame * 4) % 360} 70% 50%)`;
      brush?.fillRect((bar * width) / 8, 0, width / 8, height);
    }
  };
  paintFrame();
  const timer = setInterval(paintFrame, 1000 / frameRate);
  const [track] = canvas.captureStream(frameRate).getVideoTracks();
  if (!track) throw new TypeError('A canvas has no track.');
  return {
    track,
    stop: () => {
      clearInterval(timer);
      track.stop();
    },
  };
}

/** A tone that nobody hears; undefined where the browser makes no sound before the page was touched. */
export async function playTone(): Promise<GeneratedTrack | undefined> {
  const context = new AudioContext();
  const close = () => {
    // It fails where it is closed already.
    if (context.state !== 'closed') void context.close();
  };
  const waited = new Promise<void>((resolve) => setTimeout(resolve, SOUND_WAIT_MS));
  await Promise.race([context.resume(), waited]);
  const oscillator = new OscillatorNode(context, { frequency: TONE_HZ });
  const destination = new MediaStreamAudioDestinationNode(context);
  oscillator.connect(new GainNode(context, { gain: TONE_GAIN })).connect(destination);
  const [track] = destination.stream.getAudioTracks();
  if (context.state !== 'running' || !track) {
    close();
    return undefined;
  }
  oscillator.start();
  return {
    track,
    stop: () => {
      track.stop();
      close();
    },
  };
}

function makeNoise(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const picture = new ImageData(width, height);
  for (let index = 0; index < picture.data.length; index += 1) {
    picture.data[index] = index % 4 === 3 ? 255 : Math.random() * 256;
  }
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  return canvas;
}
