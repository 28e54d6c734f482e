import type { z } from 'zod';

/** One environment variable. */
export interface OptionSpec<Schema extends z.ZodType = z.ZodType> {
  /** What the value is, with its unit. */
  readonly type: string;
  /** What holds where the variable is absent or empty, in words. */
  readonly default: string;
  /** Why somebody would set it. */
  readonly reason: string;
  /** A value that works somewhere. */
  readonly example: string;
  readonly schema: Schema;
}

/** Keeps the type of its schema. */
export function option<Schema extends z.ZodType>(spec: OptionSpec<Schema>): OptionSpec<Schema> {
  return spec;
}
