import { useIsLocked } from '@balai/client/react';
import { Lock } from 'lucide-react';

/** Says that nobody new comes in. */
export function LockMark() {
  if (!useIsLocked()) return null;
  return (
    <span className="lock-mark" title="Nobody new comes in">
      <Lock size={15} aria-hidden="true" />
      <span className="lock-mark__text">Locked</span>
    </span>
  );
}
