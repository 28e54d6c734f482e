import type { ConnectionQuality } from '@balai/client';
import { SignalHigh, SignalLow, SignalMedium, SignalZero } from 'lucide-react';

const SHOWN = {
  excellent: { Icon: SignalHigh, text: 'Excellent connection' },
  good: { Icon: SignalMedium, text: 'Good connection' },
  poor: { Icon: SignalLow, text: 'Poor connection' },
  lost: { Icon: SignalZero, text: 'Connection lost' },
} as const;

/** Says how well somebody is connected; nothing as long as that is not known. */
export function ConnectionBars({ quality }: { quality: ConnectionQuality }) {
  if (quality === 'unknown') return null;
  const { Icon, text } = SHOWN[quality];
  return (
    <span className={`tile__bars tile__bars--${quality}`} title={text}>
      <Icon size={15} aria-hidden="true" />
      <span className="visually-hidden">{text}</span>
    </span>
  );
}
