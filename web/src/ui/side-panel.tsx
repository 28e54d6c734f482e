import { X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Button } from './button.tsx';
import { useFocusOnMount } from './use-focus-on-mount.ts';

interface SidePanelProps {
  /** Its button has the id `<id>-toggle`. */
  readonly id: string;
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/**
 * A panel beside the pictures; on a phone it covers them. Takes the focus,
 * closes on Escape, and gives the focus back to its button.
 */
export function SidePanel({ id, title, onClose, children }: SidePanelProps) {
  const aside = useRef<HTMLElement>(null);
  const heading = useFocusOnMount<HTMLHeadingElement>(aside);

  useEffect(() => {
    return () => {
      const isFocusLost =
        document.activeElement === null || document.activeElement === document.body;
      if (isFocusLost) document.getElementById(`${id}-toggle`)?.focus();
    };
  }, [id]);

  return (
    <aside
      className="panel"
      ref={aside}
      aria-labelledby={`${id}-title`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
        event.stopPropagation();
        onClose();
      }}
    >
      <header className="panel__header">
        <h2 className="panel__title" id={`${id}-title`} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <Button
          look="quiet"
          size="icon"
          aria-label={`Close ${title.toLowerCase()}`}
          onClick={onClose}
        >
          <X size={18} aria-hidden="true" />
        </Button>
      </header>
      {children}
    </aside>
  );
}
