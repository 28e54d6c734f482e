import type { ParticipantId } from '@balai/protocol';
import type { LineMeasurement, LineSample } from '../media-plane.ts';

const TICK_MS = 1_000;
/** What is measured says something only after the first receiver reports. */
const FIRST_LOOK_MS = 3_000;
/** As long as a line changes. */
const MIN_INTERVAL_MS = 2_000;
/** Of a line that stays as it is, for better or worse. */
const MAX_INTERVAL_MS = 20_000;

/** Whose line is measured. */
export interface MeasuredLine {
  /** Asks the worker for the statistics of one stream each way. */
  measure(): Promise<LineMeasurement>;
}

interface Line {
  readonly subject: MeasuredLine;
  dueAt: number;
  intervalMs: number;
  isLooking: boolean;
  last: string;
}

/**
 * Measures the lines of all participants of a plane, one by one. A line that stays
 * as it is costs two worker commands in 20 s, however many streams it carries;
 * one that changes, at most two in 2 s. Scores cost nothing: the worker tells when
 * they change.
 */
export class LineWatch {
  readonly #tell: (participantId: ParticipantId, measurement: LineMeasurement) => void;
  readonly #tellFault: (participantId: ParticipantId, error: unknown) => void;
  readonly #lines = new Map<ParticipantId, Line>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    tell: (participantId: ParticipantId, measurement: LineMeasurement) => void,
    tellFault: (participantId: ParticipantId, error: unknown) => void,
  ) {
    this.#tell = tell;
    this.#tellFault = tellFault;
  }

  add(participantId: ParticipantId, subject: MeasuredLine): void {
    const dueAt = performance.now() + FIRST_LOOK_MS;
    const line = { subject, dueAt, intervalMs: MIN_INTERVAL_MS, isLooking: false, last: '' };
    this.#lines.set(participantId, line);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Nothing is told of it any more. Idempotent. */
  remove(participantId: ParticipantId): void {
    this.#lines.delete(participantId);
    if (this.#lines.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Something about a line is different: it is looked at soon. */
  hurry(participantId: ParticipantId): void {
    const line = this.#lines.get(participantId);
    if (line === undefined || line.last === '') return;
    const lastAt = line.dueAt - line.intervalMs;
    line.intervalMs = MIN_INTERVAL_MS;
    line.dueAt = Math.min(line.dueAt, lastAt + MIN_INTERVAL_MS);
  }

  #tick(): void {
    const now = performance.now();
    for (const [participantId, line] of this.#lines) {
      if (line.dueAt <= now && !line.isLooking) void this.#look(participantId, line);
    }
  }

  /** Never rejects. */
  async #look(participantId: ParticipantId, line: Line): Promise<void> {
    line.isLooking = true;
    try {
      const measurement = await line.subject.measure();
      if (this.#lines.get(participantId) !== line) return;
      const coarse = coarsely(measurement);
      line.intervalMs =
        coarse === line.last ? Math.min(MAX_INTERVAL_MS, line.intervalMs * 2) : MIN_INTERVAL_MS;
      line.last = coarse;
      this.#tell(participantId, measurement);
    } catch (error) {
      if (this.#lines.get(participantId) === line) this.#tellFault(participantId, error);
    } finally {
      line.dueAt = performance.now() + line.intervalMs;
      line.isLooking = false;
    }
  }
}

/** Two measurements that differ by less than this are the same line. */
function coarsely({ isReachable, send, receive }: LineMeasurement): string {
  const ofSample = (sample: LineSample | null) =>
    sample && [
      sample.score,
      steps(sample.loss, 0.03),
      steps(sample.jitterMs, 25),
      steps(sample.roundTripMs, 100),
    ];
  return JSON.stringify([isReachable, ofSample(send), ofSample(receive)]);
}

function steps(value: number | null, step: number): number | null {
  return value === null ? null : Math.round(value / step);
}
