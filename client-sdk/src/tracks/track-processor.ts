import type { MediaKind } from '@balai/protocol';
import { reportFault } from '../report-fault.ts';

/** What a processor gets to work on. */
export interface ProcessorOptions<K extends MediaKind = MediaKind> {
  /** Of the track. */
  readonly kind: K;
  /** What the device gives. The processor leaves it open. */
  readonly track: MediaStreamTrack;
  /** Plays the track, muted and out of sight, for processors that draw from it. Video only. */
  readonly element?: HTMLMediaElement;
  /** The SDK closes it after `destroy`. Audio only. */
  readonly audioContext?: AudioContext;
}

/** What a processor of sound gets. */
export interface AudioProcessorOptions extends ProcessorOptions<'audio'> {
  /** The SDK closes it after `destroy`. */
  readonly audioContext: AudioContext;
}

/** What a processor of pictures gets. */
export interface VideoProcessorOptions extends ProcessorOptions<'video'> {
  /** Plays the track, muted and out of sight. */
  readonly element: HTMLMediaElement;
}

/** What a processor gets, by the kind of its track. */
export interface OptionsOfKind {
  /** Of sound. */
  readonly audio: AudioProcessorOptions;
  /** Of pictures. */
  readonly video: VideoProcessorOptions;
}

/**
 * Changes what a local track sends: blurs a background, takes out noise. Made by
 * the application, for one track at a time, and given to it with `setProcessor`.
 */
export interface TrackProcessor<K extends MediaKind = MediaKind, O = OptionsOfKind[K]> {
  /** For logs. */
  readonly name: string;
  /** What is sent and shown instead, from `init` on; where it is undefined, what came in. */
  processedTrack?: MediaStreamTrack | undefined;
  /** Begins: what is to be sent is in `processedTrack` then. */
  init(options: O): Promise<void>;
  /** The device is another one: from now on this is to be processed. */
  restart(options: O): Promise<void>;
  /** Frees what it holds. Called once, after which it may be used for another track. */
  destroy(): Promise<void>;
}

/** A processor at work on a track. */
export class Processing<K extends MediaKind> {
  readonly processor: TrackProcessor<K>;
  readonly #kind: K;
  #context: AudioContext | undefined;
  #element: HTMLMediaElement | undefined;
  #isBegun = false;

  constructor(kind: K, processor: TrackProcessor<K>) {
    this.#kind = kind;
    this.processor = processor;
  }

  /** Processes this track from now on. Throws what the processor throws. */
  async process(track: MediaStreamTrack): Promise<MediaStreamTrack> {
    const { processor } = this;
    const options = this.#optionsFor(track) as OptionsOfKind[K];
    await (this.#isBegun ? processor.restart(options) : processor.init(options));
    this.#isBegun = true;
    return processor.processedTrack ?? track;
  }

  /** Never rejects: what cannot be freed is no reason to fail. */
  async end(): Promise<void> {
    try {
      await this.processor.destroy();
      await this.#context?.close();
    } catch (error) {
      reportFault(`the processor ${this.processor.name} could not be ended`, error);
    }
    if (this.#element) this.#element.srcObject = null;
  }

  #optionsFor(track: MediaStreamTrack): ProcessorOptions {
    if (this.#kind === 'audio') {
      this.#context ??= new AudioContext();
      return { kind: 'audio', track, audioContext: this.#context };
    }
    const element = document.createElement('video');
    this.#element = element;
    element.muted = true;
    element.playsInline = true;
    element.srcObject = new MediaStream([track]);
    element.play().catch((error: unknown) => reportFault('a camera is not played', error));
    return { kind: 'video', track, element };
  }
}
