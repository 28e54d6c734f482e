import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AudioLevel } from '../media-plane.ts';
import { RoomLevels } from './room-levels.ts';

const ada: AudioLevel = { trackId: 'ada', volumeDb: -20 };
const ben: AudioLevel = { trackId: 'ben', volumeDb: -10 };
const cyd: AudioLevel = { trackId: 'cyd', volumeDb: -30 };

describe('the levels of a room', () => {
  const [one, other] = [{}, {}];
  let told: (readonly AudioLevel[])[];
  let levels: RoomLevels;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    told = [];
    levels = new RoomLevels((news) => told.push(news));
  });

  afterEach(() => {
    levels.close();
    vi.useRealTimers();
  });

  test('are those of its one router, each time', () => {
    levels.report(one, [ada]);
    levels.report(one, [ada, cyd]);
    levels.report(one, []);
    levels.report(one, []);
    expect(told).toEqual([[ada], [ada, cyd], []]);
  });

  test('are those of all its routers, the loudest first', () => {
    levels.report(one, [ada, cyd]);
    levels.report(other, [ben]);
    expect(told.at(-1)).toEqual([ben, ada, cyd]);
  });

  test('of several routers are told as often as of one, but somebody new at once', () => {
    levels.report(one, [ada]);
    levels.report(other, [ben]);
    expect(told).toHaveLength(2);
    const louder = { ...ada, volumeDb: -5 };
    levels.report(one, [louder]);
    levels.report(other, [ben]);
    expect(told).toHaveLength(2);
    vi.advanceTimersByTime(125);
    expect(told.slice(2)).toEqual([[louder, ben]]);
    levels.report(one, [louder, cyd]);
    expect(told.at(-1)).toEqual([louder, ben, cyd]);
  });

  test('end when it is quiet on each of them, or they are gone', () => {
    levels.report(one, [ada]);
    levels.report(other, [ben]);
    levels.report(one, []);
    vi.advanceTimersByTime(125);
    expect(told.at(-1)).toEqual([ben]);
    levels.remove(other);
    levels.remove(other);
    expect(told.slice(2)).toEqual([[ben], []]);
  });

  test('tell who follows a track of it, and of its end once', () => {
    const heard: (number | undefined)[] = [];
    const stop = levels.follow('ada', (volumeDb) => heard.push(volumeDb));
    levels.report(one, [cyd]);
    levels.report(one, [ada]);
    levels.report(one, [cyd]);
    levels.report(one, [cyd]);
    levels.report(one, [ada]);
    stop();
    levels.report(one, [cyd]);
    expect(heard).toEqual([-20, undefined, -20]);
  });
});
