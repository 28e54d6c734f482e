import { useId, useState } from 'react';
import { keep, readKept } from '../app/kept.ts';
import { CheckField } from '../ui/field.tsx';

const KEY = 'balai.network';

/** Whether this browser's last choice was TCP only. */
export function loadTcpOnly(): boolean {
  return readKept(KEY) === 'tcp';
}

/** Keeps the choice for the next visit. */
export function storeTcpOnly(isTcpOnly: boolean): void {
  keep(KEY, isTcpOnly ? 'tcp' : null);
}

interface NetworkFieldProps {
  readonly isTcpOnly: boolean;
  readonly onChange: (isTcpOnly: boolean) => void;
}

/** The choice that few people need: shut, unless somebody has chosen before. */
export function NetworkField({ isTcpOnly, onChange }: NetworkFieldProps) {
  const [wasTcpOnly] = useState(isTcpOnly);
  const hintId = useId();
  return (
    <details className="network" open={wasTcpOnly}>
      <summary>Network</summary>
      <CheckField label="Use TCP only" hintId={hintId} isChecked={isTcpOnly} onChange={onChange} />
      <p className="field__hint" id={hintId}>
        Slower. Helps where a network blocks or disturbs UDP, so that sound and pictures break up or
        never come.
      </p>
      <p className="field__hint">
        {/* What was entered here stays. */}
        <a href="/check" target="_blank" rel="noopener">
          Check your connection<span className="visually-hidden"> (opens in another tab)</span>
        </a>
      </p>
    </details>
  );
}
