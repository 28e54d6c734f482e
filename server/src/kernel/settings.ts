import type { z } from 'zod';
import { AppError } from './app-error.ts';

/** One known setting. */
export interface SettingSpec<Value = unknown> {
  /** What values it takes. They are stored as JSON. */
  readonly schema: z.ZodType<Value>;
  /** What holds where nobody has set it. */
  readonly default: Value;
  /** What it does, for the documentation. */
  readonly purpose: string;
}

/** Every known setting of one kind of thing, by key. */
export type SettingSpecs = Readonly<Record<string, SettingSpec>>;

/** What each key of a registry holds. */
export type SettingValues<Specs extends SettingSpecs> = {
  readonly [Key in keyof Specs]: z.output<Specs[Key]['schema']>;
};

/** Declares one setting: the default is checked against the schema as it compiles. */
export function setting<Schema extends z.ZodType>(
  schema: Schema,
  defaultValue: z.output<Schema>,
  purpose: string,
): SettingSpec<z.output<Schema>> & { readonly schema: Schema } {
  return { schema: schema as Schema & z.ZodType<z.output<Schema>>, default: defaultValue, purpose };
}

/** Longest JSON of a value, in characters. */
const MAX_STORED_LENGTH = 4_000;

/** The known settings of one kind of thing: reads and writes what the database holds as text. */
export interface SettingRegistry<Specs extends SettingSpecs> {
  readonly specs: Specs;
  readonly keys: readonly (keyof Specs & string)[];
  /** @throws AppError `unknown_setting`. */
  find(key: string): SettingSpec;
  /**
   * Checks a value that somebody sent.
   *
   * @returns the text to store.
   * @throws AppError `unknown_setting`, `invalid_request`.
   */
  write(key: string, value: unknown): string;
  /**
   * Reads what is stored. A value that an older version stored and this one does
   * not take counts as not set.
   *
   * @param stored Undefined or null where nothing is.
   * @throws AppError `unknown_setting`.
   */
  read<Key extends keyof Specs & string>(
    key: Key,
    stored: string | null | undefined,
  ): SettingValues<Specs>[Key];
  /** All of them, with defaults for what is not stored. Stored keys that are not known are left out. */
  readAll(rows: Iterable<readonly [key: string, stored: string | null]>): SettingValues<Specs>;
}

export function createSettingRegistry<const Specs extends SettingSpecs>(
  specs: Specs,
): SettingRegistry<Specs> {
  const keys = Object.keys(specs) as (keyof Specs & string)[];
  const find = (key: string): SettingSpec => {
    const spec = Object.hasOwn(specs, key) ? specs[key] : undefined;
    if (spec === undefined) {
      throw new AppError('unknown_setting', undefined, { details: [`known: ${keys.join(', ')}`] });
    }
    return spec;
  };
  const read = (key: string, stored: string | null | undefined): unknown => {
    const spec = find(key);
    if (stored === null || stored === undefined) {
      return spec.default;
    }
    const parsed = spec.schema.safeParse(parseJson(stored));
    return parsed.success ? parsed.data : spec.default;
  };

  return {
    specs,
    keys,
    find,
    write(key, value) {
      const parsed = find(key).schema.safeParse(value);
      if (!parsed.success) {
        const details = parsed.error.issues.map(
          (issue) => `${['body.value', ...issue.path.map(String)].join('.')}: ${issue.message}`,
        );
        throw new AppError('invalid_request', undefined, { details });
      }
      const text = JSON.stringify(parsed.data);
      if (text.length > MAX_STORED_LENGTH) {
        throw new AppError('invalid_request', undefined, {
          details: [`body.value: must be at most ${MAX_STORED_LENGTH} characters of JSON`],
        });
      }
      return text;
    },
    read: (key, stored) => read(key, stored) as SettingValues<Specs>[typeof key],
    readAll(rows) {
      const stored = new Map(rows);
      return Object.fromEntries(
        keys.map((key) => [key, read(key, stored.get(key))]),
      ) as SettingValues<Specs>;
    },
  };
}

/** @returns undefined for what is not JSON: no schema takes it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
