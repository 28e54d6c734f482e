import { z } from 'zod';

/**
 * An array of at most `max` items. The length is looked at before the items are:
 * else a long array of rubbish would cost one fault for each item.
 */
export function boundedArray<Item extends z.ZodType>(item: Item, max: number) {
  return z
    .custom<unknown[]>(
      (value) => Array.isArray(value) && value.length <= max,
      `must be an array of at most ${max} items`,
    )
    .pipe(z.array(item));
}

/** An object with at most `max` keys; counted before they are looked at. */
export function boundedRecord<Value extends z.ZodType>(
  key: z.ZodType<string, string>,
  value: Value,
  max: number,
) {
  return z
    .custom<object>(
      (object) =>
        typeof object === 'object' && object !== null && Object.keys(object).length <= max,
      `must be an object of at most ${max} keys`,
    )
    .pipe(z.record(key, value));
}
