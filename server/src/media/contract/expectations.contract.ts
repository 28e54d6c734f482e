import type { ErrorCode, StreamState, Subscription } from '@balai/protocol';
import { expect } from 'vitest';
import type { Attendee } from '../../../test/rtc/meeting.ts';
import { ssrcOf } from '../../../test/rtc/rtc-client.ts';
import type { MediaPlane } from '../media-plane.ts';
import { LONG_ENOUGH } from './plane-scene.contract.ts';

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

/** Of the latest frame that came. */
export function frameBytesOf({ client }: Attendee, subscription: Subscription): number | undefined {
  return client.inbox.findLatest(ssrcOf(subscription))?.payloadBytes;
}

/** What each subscription is told to be, as far as it was told. */
export function watchStates(plane: MediaPlane): Map<string, StreamState> {
  const states = new Map<string, StreamState>();
  plane.events.on('streamsChanged', (message) => {
    for (const { subscriptionId, state } of message.states) states.set(subscriptionId, state);
  });
  return states;
}

/** Waits until nothing comes of one while another flows. */
export async function expectSilence(
  { client }: Attendee,
  silent: Subscription,
  flowing: Subscription,
): Promise<void> {
  // What was on its way arrives before what is sent later.
  await client.waitForMedia(flowing);
  const before = client.countPackets(silent);
  await client.waitForMedia(flowing, LONG_ENOUGH);
  expect(client.countPackets(silent)).toBe(before);
}
