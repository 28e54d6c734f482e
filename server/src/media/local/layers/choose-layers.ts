import type { RtpEncodingParameters } from '@balai/protocol';

/** One layer, counted from 0: the smallest picture, the fewest frames. */
export interface LayerChoice {
  readonly spatialLayer: number;
  readonly temporalLayer: number;
}

/** In how many sizes and frame rates a track is published. */
export interface LayerShape {
  readonly spatialLayers: number;
  readonly temporalLayers: number;
  /** Of the largest picture, in pixels; 0 where unknown. */
  readonly width: number;
  readonly height: number;
}

/** What a subscriber has use for. A field that is left out sets no bound. */
export interface LayerWish {
  /** Of the place where it is shown, in device pixels. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly frameRate?: number | undefined;
}

/** What publishers send most of the time; they do not say what they send. */
const ASSUMED_FRAME_RATE = 30;
/** What browsers take of a camera unless they are told otherwise. */
const ASSUMED_PIXELS = 1280 * 720;
/** A picture that is drawn on so many times its own pixels still looks good. */
const TOLERATED_ENLARGEMENT = 1.5;

/** Reads what is sent: simulcast has an encoding for each size, SVC all of them in one. */
export function shapeOf(
  encodings: readonly Pick<RtpEncodingParameters, 'scalabilityMode'>[],
  size: { readonly width: number; readonly height: number },
): LayerShape {
  const modes = encodings.map(({ scalabilityMode }) => parseMode(scalabilityMode));
  const most = (layers: readonly number[]) => Math.max(1, ...layers);
  return {
    spatialLayers:
      encodings.length > 1 ? encodings.length : most(modes.map((mode) => mode.spatialLayers)),
    temporalLayers: most(modes.map((mode) => mode.temporalLayers)),
    width: size.width,
    height: size.height,
  };
}

/** Whether a subscriber may get less of it than all. */
export function isLayered({ spatialLayers, temporalLayers }: LayerShape): boolean {
  return spatialLayers > 1 || temporalLayers > 1;
}

/** All of a track. */
export function topLayers({ spatialLayers, temporalLayers }: LayerShape): LayerChoice {
  return { spatialLayer: spatialLayers - 1, temporalLayer: temporalLayers - 1 };
}

/**
 * The least that satisfies a subscriber: the smallest picture that fills the
 * place where it is shown, and the fewest frames that are enough. Each layer has
 * half the width, height or frames of the next one.
 */
export function chooseLayers(shape: LayerShape, wish: LayerWish): LayerChoice {
  const top = topLayers(shape);
  return {
    spatialLayer: Math.max(
      0,
      top.spatialLayer - halvings(top.spatialLayer, sizeRatio(shape, wish), 4),
    ),
    temporalLayer: Math.max(
      0,
      top.temporalLayer - halvings(top.temporalLayer, frameRatio(wish), 2),
    ),
  };
}

/** How many layers may be left out when each is `step` times the one below, and `ratio` is to spare. */
function halvings(most: number, ratio: number, step: number): number {
  return Math.min(most, Math.max(0, Math.floor(Math.log(ratio) / Math.log(step) + 1e-9)));
}

/** How many times the pixels that are of use there are. */
function sizeRatio(shape: LayerShape, { width, height }: LayerWish): number {
  if (width === undefined || height === undefined) return 1;
  const published = shape.width * shape.height || ASSUMED_PIXELS;
  // A place without any pixels has use for the smallest picture, if for any.
  return (published * TOLERATED_ENLARGEMENT) / Math.max(1, width * height);
}

function frameRatio({ frameRate }: LayerWish): number {
  return frameRate === undefined ? 1 : ASSUMED_FRAME_RATE / Math.max(1, frameRate);
}

/** As in `L3T3_KEY`: W3C's "Scalable Video Coding (SVC) Extension for WebRTC". */
function parseMode(mode: string | undefined): { spatialLayers: number; temporalLayers: number } {
  const [, spatial = '1', temporal = '1'] = /^[LS]([1-9]\d?)T([1-9]\d?)/.exec(mode ?? '') ?? [];
  return { spatialLayers: Number(spatial), temporalLayers: Number(temporal) };
}
