import { useCallback, useRef, useSyncExternalStore } from 'react';
import type { Emitter, EventMap } from '../emitter.ts';

/** Whether two values look alike: the same, or lists or objects of the same things. */
export function isAlike(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return false;
  }
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (!Array.isArray(one) && Object.getPrototypeOf(one) !== Object.prototype) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.is(one[key as keyof typeof one], other[key as keyof typeof other]))
  );
}

/**
 * What `read` says of a source, now and after each of its events. As long as it
 * looks alike (one level deep), the component is not rendered again.
 *
 * @param events The same array each time: a constant of the module.
 */
export function useObserved<Events extends EventMap<Events>, Source extends Emitter<Events>, T>(
  source: Source & Emitter<Events>,
  events: readonly (keyof Events)[],
  read: (source: Source) => T,
): T {
  const latest = useRef<{ readonly value: T } | undefined>(undefined);
  const subscribe = useCallback(
    (changed: () => void) => {
      const listener = changed as Events[keyof Events];
      for (const event of events) source.on(event, listener);
      return () => {
        for (const event of events) source.off(event, listener);
      };
    },
    [source, events],
  );
  const getSnapshot = (): T => {
    const value = read(source);
    if (latest.current === undefined || !isAlike(latest.current.value, value)) {
      latest.current = { value };
    }
    return latest.current.value;
  };
  return useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
}
