import type { ErrorCode, Subscription } from '@balai/protocol';
import { expect } from 'vitest';

export async function expectCode(work: Promise<unknown>, code: ErrorCode): Promise<void> {
  await expect(work).rejects.toMatchObject({ name: 'AppError', code });
}

/** The one subscription that there has to be. */
export function only(subscriptions: readonly Subscription[]): Subscription {
  expect(subscriptions).toHaveLength(1);
  return subscriptions[0] as Subscription;
}

/** The two subscriptions that there have to be. */
export function pair(
  subscriptions: readonly Subscription[],
): readonly [Subscription, Subscription] {
  expect(subscriptions).toHaveLength(2);
  return subscriptions as unknown as readonly [Subscription, Subscription];
}
