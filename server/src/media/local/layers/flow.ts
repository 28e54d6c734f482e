import type { StreamState } from '@balai/protocol';

/** Everything that decides whether a subscription flows. That its track is muted is the publisher's matter. */
export interface FlowConditions {
  /** The client can receive it. */
  readonly isStarted: boolean;
  /** The client wants it. */
  readonly isWanted: boolean;
  /** The room lets the track be delivered. */
  readonly isAllowed: boolean;
  /** Others come first on a down-link that does not carry all. */
  readonly isWithheld: boolean;
}

/** Whether a subscription flows. */
export function isFlowing(conditions: FlowConditions): boolean {
  const { isStarted, isWanted, isAllowed, isWithheld } = conditions;
  return isStarted && isWanted && isAllowed && !isWithheld;
}

/** What its client is to believe; undefined where it has itself to thank for what it gets. */
export function streamStateOf(conditions: FlowConditions): StreamState | undefined {
  const { isStarted, isWanted, isAllowed, isWithheld } = conditions;
  if (!isStarted || !isWanted) return undefined;
  return isAllowed && !isWithheld ? 'active' : 'paused';
}

/**
 * The priority that the worker is told. It first gives everybody their smallest
 * layer, the higher priority first, and then goes round handing out as many
 * layers as the priority says. From 9 on, which are three sizes in three frame
 * rates, a subscription has all its layers before a lower one gets its second;
 * those of priority 1 take turns.
 */
export function workerPriority(priority: number): number {
  return priority <= 1 ? 1 : Math.min(255, priority + 8);
}
