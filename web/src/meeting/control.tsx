import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';

interface ControlProps {
  readonly name: string;
  readonly look: 'plain' | 'off' | 'active' | 'leave';
  readonly isDisabled?: boolean;
  readonly onPress: () => void;
  readonly children: ReactNode;
}

/** One of the round buttons under the pictures. */
export function Control({ name, look, isDisabled, onPress, children }: ControlProps) {
  return (
    <Button
      size="icon"
      className={look === 'plain' ? 'control' : `control control--${look}`}
      aria-label={name}
      title={name}
      // Not `disabled`: that would drop the focus while a device opens.
      aria-disabled={isDisabled}
      onClick={() => {
        if (!isDisabled) onPress();
      }}
    >
      {children}
    </Button>
  );
}
