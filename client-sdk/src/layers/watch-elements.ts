import type { Track } from '../tracks/track.ts';
import type { View } from './wish.ts';

/** How adaptive stream judges what is on screen. */
export interface AdaptiveStreamSettings {
  /**
   * Device pixels for each CSS pixel. `screen` takes the screen's own; default:
   * 1, and 2 on screens that have more than 2.
   */
  pixelDensity?: number | 'screen';
  /** Whether pictures stop while nobody sees the page. Default true. */
  pauseVideoInBackground?: boolean;
}

/** Who only looks at another tab for a moment finds the pictures as they were. */
const BACKGROUND_MS = 5_000;
/** A new track flows for this long before anybody has to have attached it. */
const UNATTACHED_MS = 500;

/**
 * Watches where a track is shown: size and visibility of every element that it
 * is attached to, and whether the page is in view.
 *
 * @param onView Called with what is news.
 * @returns ends it.
 */
export function watchElements(
  track: Track,
  settings: AdaptiveStreamSettings,
  onView: (view: View) => void,
): () => void {
  /** Whether an element is within the window; one that nobody has looked for yet passes for seen. */
  const sightings = new WeakMap<Element, boolean>();
  let isInBackground = document.hidden;
  let last: View | undefined;

  const look = () => {
    const density = densityOf(settings);
    const shown = track.attachedElements.filter(
      (element) =>
        document.pictureInPictureElement === element ||
        (sightings.get(element) !== false &&
          !(isInBackground && (settings.pauseVideoInBackground ?? true))),
    );
    let [width, height] = [0, 0];
    for (const { clientWidth, clientHeight } of shown) {
      if (clientWidth * clientHeight <= width * height) continue;
      [width, height] = [clientWidth, clientHeight];
    }
    const view: View = {
      isVisible: shown.length > 0,
      width: Math.round(width * density),
      height: Math.round(height * density),
    };
    if (
      view.isVisible === last?.isVisible &&
      view.width === last.width &&
      view.height === last.height
    )
      return;
    last = view;
    onView(view);
  };

  const sizes = new ResizeObserver(look);
  const sights = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) sightings.set(target, isIntersecting);
    look();
  });
  const watch = (element: HTMLMediaElement) => {
    clearTimeout(patience);
    sizes.observe(element);
    sights.observe(element);
    element.addEventListener('enterpictureinpicture', look);
    element.addEventListener('leavepictureinpicture', look);
  };
  const unwatch = (element: HTMLMediaElement) => {
    sizes.unobserve(element);
    sights.unobserve(element);
    element.removeEventListener('enterpictureinpicture', look);
    element.removeEventListener('leavepictureinpicture', look);
    sightings.delete(element);
    look();
  };
  let background: ReturnType<typeof setTimeout> | undefined;
  const onPage = () => {
    clearTimeout(background);
    const turn = () => {
      isInBackground = document.hidden;
      look();
    };
    if (document.hidden) background = setTimeout(turn, BACKGROUND_MS);
    else turn();
  };

  const patience = setTimeout(look, UNATTACHED_MS);
  document.addEventListener('visibilitychange', onPage);
  track.watch('elementAttached', watch).watch('elementDetached', unwatch);
  for (const element of track.attachedElements) watch(element);
  return () => {
    clearTimeout(patience);
    clearTimeout(background);
    document.removeEventListener('visibilitychange', onPage);
    track.off('elementAttached', watch).off('elementDetached', unwatch);
    for (const element of track.attachedElements) {
      element.removeEventListener('enterpictureinpicture', look);
      element.removeEventListener('leavepictureinpicture', look);
    }
    sizes.disconnect();
    sights.disconnect();
  };
}

function densityOf({ pixelDensity }: AdaptiveStreamSettings): number {
  if (typeof pixelDensity === 'number') return pixelDensity;
  return pixelDensity === 'screen' ? devicePixelRatio : devicePixelRatio > 2 ? 2 : 1;
}
