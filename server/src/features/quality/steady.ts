import type { ConnectionQuality } from '@balai/protocol';
import { compare } from './grade.ts';

/** For so long a line has to do better before people are told. */
export const RECOVERY_MS = 8_000;

/** A quality that people were told, and what may come next. */
export interface SteadyQuality {
  readonly quality: ConnectionQuality;
  /** Something else was measured: since when, and what of it held all the time. */
  readonly pending: { readonly grade: ConnectionQuality; readonly since: number } | undefined;
}

/**
 * Takes what was measured, so that what people see does not flicker: worse is
 * believed the second time, better after a while; that a line is lost, or is
 * back, at once.
 */
export function steady(
  before: SteadyQuality | undefined,
  grade: ConnectionQuality,
  now: number,
): SteadyQuality {
  if (before === undefined || grade === 'lost' || before.quality === 'lost') return settled(grade);
  const { quality, pending } = before;
  const change = compare(grade, quality);
  if (change === 0) return settled(quality);
  const isSameWay = pending !== undefined && compare(pending.grade, quality) * change > 0;
  if (!isSameWay) return { quality, pending: { grade, since: now } };
  // Nearest to what was told: that much is sure.
  const closer = compare(pending.grade, grade) * change < 0 ? pending.grade : grade;
  if (change < 0 || now - pending.since >= RECOVERY_MS) return settled(closer);
  return { quality, pending: { grade: closer, since: pending.since } };
}

function settled(quality: ConnectionQuality): SteadyQuality {
  return { quality, pending: undefined };
}
