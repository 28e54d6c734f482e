import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { faultDetails } from './fault-details.ts';

function detailsOf(schema: z.ZodType, value: unknown, place?: string): string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : faultDetails(result.error, place);
}

describe('the details of a fault', () => {
  const schema = z.strictObject({ name: z.string(), tags: z.array(z.string('must be text')) });

  test('name the place and the path', () => {
    expect(detailsOf(schema, { name: 'a', tags: ['b', 1] }, 'body')).toEqual([
      'body.tags.1: must be text',
    ]);
    expect(detailsOf(schema, { name: 'a', tags: ['b', 1] })).toEqual(['tags.1: must be text']);
  });

  test('have no path where the whole value is wrong', () => {
    const whole = z.string('must be text');
    expect(detailsOf(whole, 1)).toEqual(['must be text']);
    expect(detailsOf(whole, 1, 'body')).toEqual(['body: must be text']);
  });

  test('are few and short, whatever was sent', () => {
    const rubbish = Array.from({ length: 1_000 }, () => 1);
    expect(detailsOf(schema, { name: 'a', tags: rubbish })).toHaveLength(10);
    const [detail = ''] = detailsOf(schema, { name: 'a', tags: [], ['x'.repeat(10_000)]: 1 });
    expect(detail).toHaveLength(200);
  });
});
