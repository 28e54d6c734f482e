import type { SubscriptionUpdate } from '@balai/protocol';

/** How good a picture has to be at most. Names and values are livekit-client's. */
export const VideoQuality = {
  /** A quarter of the full width and height. */
  LOW: 0,
  /** Half of the full width and height. */
  MEDIUM: 1,
  /** As it is published. */
  HIGH: 2,
} as const;
/** One of {@link VideoQuality}. */
export type VideoQuality = (typeof VideoQuality)[keyof typeof VideoQuality];

/** Size of a picture in pixels. */
export interface Dimensions {
  /** From left to right. */
  readonly width: number;
  /** From top to bottom. */
  readonly height: number;
}

/** What the server is asked for. */
export type Wish = Omit<SubscriptionUpdate, 'subscriptionId'>;

/** What the application asked for. */
export interface Choices {
  isEnabled?: boolean;
  dimensions?: Dimensions;
  quality?: VideoQuality;
  frameRate?: number;
  priority?: number;
}

/** Where a picture is shown. The size is the largest place's, in device pixels. */
export interface View extends Dimensions {
  readonly isVisible: boolean;
}

/** Larger than any picture whose size nobody told. */
const LARGEST: Dimensions = { width: 7680, height: 4320 };

/**
 * What to ask the server for. What the application says counts for more than
 * what is on screen, except that a quality is an upper bound.
 *
 * @param view Undefined where nobody watches the elements.
 * @param published Size of the picture as it was published, if it is known.
 */
export function wishFor(
  choices: Choices,
  view: View | undefined,
  published: Dimensions | undefined,
): Wish {
  const { isEnabled, dimensions, quality, frameRate, priority } = choices;
  const share = quality === undefined ? undefined : 2 ** (quality - VideoQuality.HIGH);
  const full = published ?? LARGEST;
  const sizes = [
    share === undefined ? undefined : { width: full.width * share, height: full.height * share },
    view && view.width > 0 && view.height > 0 ? view : undefined,
  ].filter((size) => size !== undefined);
  const size = dimensions ?? sizes.toSorted((a, b) => area(a) - area(b))[0];
  return {
    isWanted: isEnabled ?? view?.isVisible ?? true,
    ...(size && { width: Math.ceil(size.width), height: Math.ceil(size.height) }),
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(priority === undefined ? {} : { priority }),
  };
}

function area({ width, height }: Dimensions): number {
  return width * height;
}
