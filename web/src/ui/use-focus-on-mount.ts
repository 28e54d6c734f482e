import { type RefObject, useEffect, useRef } from 'react';

/**
 * Moves the focus to an element as it appears, so that the keyboard and screen
 * readers are where something new is. Leaves a focus inside `unless` alone.
 */
export function useFocusOnMount<T extends HTMLElement>(
  unless?: RefObject<HTMLElement | null>,
): RefObject<T | null> {
  const ref = useRef<T>(null);
  useEffect(() => {
    if (unless?.current?.contains(document.activeElement)) return;
    ref.current?.focus();
  }, [unless]);
  return ref;
}
