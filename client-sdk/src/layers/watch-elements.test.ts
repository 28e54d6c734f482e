import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Track } from '../tracks/track.ts';
import { type AdaptiveStreamSettings, watchElements } from './watch-elements.ts';
import type { View } from './wish.ts';

/** What a browser shows of one element. */
class FakeElement extends EventTarget {
  clientWidth = 320;
  clientHeight = 180;
}

/** A browser's page: it lays elements out, and says what it sees when the test tells it to. */
class FakePage extends EventTarget {
  hidden = false;
  pictureInPictureElement: unknown = null;
  readonly resizes = new Set<() => void>();
  readonly sights = new Set<(entries: object[]) => void>();

  resize(element: FakeElement, width: number, height: number): void {
    element.clientWidth = width;
    element.clientHeight = height;
    for (const tell of this.resizes) tell();
  }

  see(target: FakeElement, isIntersecting: boolean): void {
    for (const tell of this.sights) tell([{ target, isIntersecting }]);
  }

  turn(isHidden: boolean): void {
    this.hidden = isHidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

class FakeTrack extends Track {
  readonly kind = 'video';
  readonly isLocal = false;
  elements: HTMLMediaElement[] = [];

  constructor() {
    super('camera', {} as MediaStreamTrack, 'track-1');
  }

  override get attachedElements(): readonly HTMLMediaElement[] {
    return this.elements;
  }

  show(element: FakeElement): void {
    const media = element as unknown as HTMLMediaElement;
    this.elements = [...this.elements, media];
    this.emit('elementAttached', media);
  }

  hide(element: FakeElement): void {
    const media = element as unknown as HTMLMediaElement;
    this.elements = this.elements.filter((one) => one !== media);
    this.emit('elementDetached', media);
  }

  protected prepareElement(): void {
    throw new Error('nobody attaches it');
  }
}

let page: FakePage;

beforeEach(() => {
  vi.useFakeTimers();
  page = new FakePage();
  vi.stubGlobal('document', page);
  vi.stubGlobal('devicePixelRatio', 1);
  const observer = <C>(set: Set<C>) =>
    class {
      readonly #tell: C;
      constructor(tell: C) {
        this.#tell = tell;
        set.add(tell);
      }
      observe(): void {
        set.add(this.#tell);
      }
      unobserve(): void {
        // Other elements are watched on.
      }
      disconnect(): void {
        set.delete(this.#tell);
      }
    };
  vi.stubGlobal('ResizeObserver', observer(page.resizes));
  vi.stubGlobal('IntersectionObserver', observer(page.sights));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function watch(settings: AdaptiveStreamSettings = {}) {
  const track = new FakeTrack();
  const views: View[] = [];
  const stop = watchElements(track, settings, (view) => views.push(view));
  return { track, views, stop };
}

const HIDDEN = { isVisible: false, width: 0, height: 0 };
const SMALL = { isVisible: true, width: 320, height: 180 };

describe('what is seen of a track', () => {
  test('is the size of its element, as it changes', () => {
    const { track, views } = watch();
    const element = new FakeElement();
    track.show(element);
    page.see(element, true);
    page.resize(element, 640, 360);
    page.resize(element, 640, 360);
    expect(views).toEqual([SMALL, { isVisible: true, width: 640, height: 360 }]);
  });

  test('is the largest of several elements that are in sight', () => {
    const { track, views } = watch();
    const [small, large] = [new FakeElement(), new FakeElement()];
    track.show(small);
    track.show(large);
    page.resize(large, 1280, 720);
    page.see(large, false);
    page.see(small, false);
    expect(views).toEqual([{ isVisible: true, width: 1280, height: 720 }, SMALL, HIDDEN]);
  });

  test('is nothing after the last element is detached', () => {
    const { track, views } = watch();
    const element = new FakeElement();
    track.show(element);
    page.see(element, true);
    track.hide(element);
    expect(views.at(-1)).toEqual(HIDDEN);
  });

  test('is not judged before there was time to attach it', () => {
    const { track, views } = watch();
    vi.advanceTimersByTime(400);
    expect(views).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(views).toEqual([HIDDEN]);
    const element = new FakeElement();
    track.show(element);
    page.see(element, true);
    expect(views.at(-1)).toEqual(SMALL);
  });

  test('is nothing when the page has been in the background for 5 s', () => {
    const { track, views } = watch();
    const element = new FakeElement();
    track.show(element);
    page.see(element, true);
    page.turn(true);
    vi.advanceTimersByTime(4_000);
    page.turn(false);
    page.turn(true);
    vi.advanceTimersByTime(4_000);
    expect(views).toEqual([SMALL]);
    vi.advanceTimersByTime(1_000);
    expect(views).toEqual([SMALL, HIDDEN]);
    page.turn(false);
    expect(views).toEqual([SMALL, HIDDEN, SMALL]);
  });

  test('goes on in the background where the application wants that, and in a window of its own', () => {
    const stays = watch({ pauseVideoInBackground: false });
    const floats = watch();
    const [element, floating] = [new FakeElement(), new FakeElement()];
    stays.track.show(element);
    floats.track.show(floating);
    page.see(element, true);
    page.see(floating, true);
    page.pictureInPictureElement = floating;
    page.turn(true);
    vi.advanceTimersByTime(10_000);
    expect(stays.views).toEqual([SMALL]);
    expect(floats.views).toEqual([SMALL]);
  });

  test.each([
    ['by itself', 1, undefined, 320],
    ['on a screen with two', 2, undefined, 320],
    ['on a screen with three', 3, undefined, 640],
    ['as the screen has them', 3, 'screen', 960],
    ['as the application says', 1, 1.5, 480],
  ] as const)('is in device pixels %s', (_, ratio, pixelDensity, width) => {
    vi.stubGlobal('devicePixelRatio', ratio);
    const { track, views } = watch(pixelDensity === undefined ? {} : { pixelDensity });
    const element = new FakeElement();
    track.show(element);
    page.see(element, true);
    expect(views[0]?.width).toBe(width);
  });

  test('is nobody’s business any more at the end', () => {
    const { track, views, stop } = watch();
    const element = new FakeElement();
    track.show(element);
    stop();
    vi.advanceTimersByTime(10_000);
    page.turn(true);
    vi.advanceTimersByTime(10_000);
    page.see(element, false);
    expect(views).toEqual([]);
  });
});
