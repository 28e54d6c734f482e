import { z } from 'zod';
import { hostOrAddress, wholeNumber } from './option-schemas.ts';
import { option } from './option-spec.ts';

/** Who may read the metrics of this process, and where. */
export interface MetricsConfig {
  /** Undefined for no port of its own; 0 takes any free one. */
  readonly port: number | undefined;
  readonly host: string;
  /** Whoever reads has to send it. Undefined: nobody reads on the main port. */
  readonly token: string | undefined;
}

/** The options of metrics. */
export const METRICS_OPTIONS = {
  BALAI_METRICS_PORT: option({
    type: 'TCP port; 0 takes any free one',
    default: 'none: no port of its own',
    reason:
      'Where Prometheus reads /metrics. Each process needs another one, and the internet none of them.',
    example: '9464',
    schema: wholeNumber(0, 65_535).optional(),
  }),
  BALAI_METRICS_HOST: option({
    type: 'IP address or host name',
    default: '127.0.0.1',
    reason:
      'On which address BALAI_METRICS_PORT listens: that of a private network, or 0.0.0.0 in a container whose port is not published.',
    example: '10.0.0.5',
    schema: hostOrAddress.default('127.0.0.1'),
  }),
  BALAI_METRICS_TOKEN: option({
    type: 'text, at least 16 characters, without spaces',
    default: 'none: /metrics is on BALAI_METRICS_PORT only',
    reason:
      'Serves /metrics on PORT too. Whoever reads there, or on BALAI_METRICS_PORT, has to send it as bearer token.',
    example: 'a-long-random-text',
    schema: z
      .string()
      .regex(/^\S{16,}$/, 'must be at least 16 characters, without spaces')
      .optional(),
  }),
} as const;
