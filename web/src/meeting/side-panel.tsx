import { X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Button } from '../ui/button.tsx';
import { useFocusOnMount } from '../ui/use-focus-on-mount.ts';
import { useMeeting } from './meeting-context.ts';
import type { Panel } from './meeting-store.ts';

/**
 * A panel beside the pictures; on a phone it covers them. Takes the focus,
 * closes on Escape, and gives the focus back to its button.
 */
export function SidePanel(props: { panel: Panel; title: string; children: ReactNode }) {
  const { panel, title, children } = props;
  const meeting = useMeeting();
  const aside = useRef<HTMLElement>(null);
  const heading = useFocusOnMount<HTMLHeadingElement>(aside);

  useEffect(() => {
    return () => {
      const isFocusLost =
        document.activeElement === null || document.activeElement === document.body;
      if (isFocusLost) document.getElementById(`${panel}-toggle`)?.focus();
    };
  }, [panel]);

  return (
    <aside
      className="panel"
      ref={aside}
      aria-labelledby={`${panel}-title`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
        event.stopPropagation();
        meeting.showPanel(null);
      }}
    >
      <header className="panel__header">
        <h2 className="panel__title" id={`${panel}-title`} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <Button
          look="quiet"
          size="icon"
          aria-label={`Close ${title.toLowerCase()}`}
          onClick={() => meeting.showPanel(null)}
        >
          <X size={18} aria-hidden="true" />
        </Button>
      </header>
      {children}
    </aside>
  );
}
