import type { ConnectionCheckAccess } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import type { RoomConnectOptions } from '../options.ts';
import { reportFault } from '../report-fault.ts';
import { CheckEnd, type CheckLog, type CheckReason, type CheckStatus } from './check-info.ts';
import type { GeneratedTrack, PaintingOptions } from './generated-media.ts';
import type { OpenPeer, Peer } from './peer.ts';

/** Where checks get what they need. Tests give their own. */
export interface CheckParts {
  readonly requestAccess: (url: string, signal: AbortSignal) => Promise<ConnectionCheckAccess>;
  readonly openPeer: OpenPeer;
  readonly paint: (options: PaintingOptions) => GeneratedTrack;
  readonly playTone: () => Promise<GeneratedTrack | undefined>;
}

/** What one check has at hand. All of it is put away when the check ends. */
export interface CheckTools {
  /** Aborted when the check is over, for whatever reason. */
  readonly signal: AbortSignal;
  log(level: CheckLog['level'], message: string): void;
  /** @throws BalaiError as `room.connect`. */
  join(
    access: ConnectionCheckAccess,
    role: 'publisher' | 'receiver',
    options?: RoomConnectOptions,
  ): Promise<Peer>;
  paint(options: PaintingOptions): MediaStreamTrack;
  /** Undefined where the browser makes no sound. */
  playTone(): Promise<MediaStreamTrack | undefined>;
  /** Waits, unless the check is over before that. */
  pause(ms: number): Promise<void>;
  /** Asks again and again until there is an answer. */
  until<T>(ask: () => Promise<T | undefined>): Promise<T>;
}

/** What came of a check. */
export interface CheckOutcome<Data> {
  readonly status: Exclude<CheckStatus, 'idle' | 'running'>;
  readonly data?: Data;
  readonly reason?: CheckReason;
}

/** One check. */
export interface CheckPlan<Data> {
  /** For all of it. */
  readonly deadlineMs: number;
  /** What it means when the deadline passes. */
  readonly late: CheckReason;
  /** Ends with data, or throws: a BalaiError or CheckEnd says why it failed. */
  readonly run: (tools: CheckTools) => Promise<Data>;
  /** Why the data are no success; undefined where they are. */
  readonly judge?: (data: Data) => CheckReason | undefined;
}

const ASK_EVERY_MS = 200;

/**
 * Does one check within its deadline, and puts everything away that it used.
 * Never rejects.
 *
 * @param signal Gives it up.
 */
export async function runCheck<Data>(
  plan: CheckPlan<Data>,
  parts: CheckParts,
  signal: AbortSignal,
  log: CheckTools['log'],
): Promise<CheckOutcome<Data>> {
  const end = new AbortController();
  const over = Promise.withResolvers<never>();
  // Nobody may be waiting for it when the check ends well.
  over.promise.catch((error: unknown) => void error);
  end.signal.addEventListener('abort', () => over.reject(end.signal.reason));
  const putAway: (() => void | Promise<void>)[] = [];
  const give = () => end.abort(new BalaiError('cancelled'));
  signal.addEventListener('abort', give);
  if (signal.aborted) give();
  const { late } = plan;
  const timer = setTimeout(
    () => end.abort(new CheckEnd('failed', late.code, late.message)),
    plan.deadlineMs,
  );
  const keep = (track: GeneratedTrack): MediaStreamTrack => {
    if (end.signal.aborted) track.stop();
    else putAway.push(() => track.stop());
    return track.track;
  };
  const tools: CheckTools = {
    signal: end.signal,
    log,
    async join(access, role, options = {}) {
      end.signal.throwIfAborted();
      const peer = parts.openPeer((error) => end.abort(error));
      putAway.push(() => peer.leave());
      await peer.join(access, access[`${role}Token`], options);
      return peer;
    },
    paint(options) {
      end.signal.throwIfAborted();
      return keep(parts.paint(options));
    },
    async playTone() {
      const tone = await parts.playTone();
      return tone && keep(tone);
    },
    async pause(ms) {
      let waiting: ReturnType<typeof setTimeout> | undefined;
      const waited = new Promise<void>((resolve) => {
        waiting = setTimeout(resolve, ms);
      });
      await Promise.race([waited, over.promise]).finally(() => clearTimeout(waiting));
    },
    async until(ask) {
      for (;;) {
        const answer = await Promise.race([ask(), over.promise]);
        if (answer !== undefined) return answer;
        await tools.pause(ASK_EVERY_MS);
      }
    },
  };
  try {
    const data = await Promise.race([plan.run(tools), over.promise]);
    const reason = plan.judge?.(data);
    return reason ? { status: 'failed', data, reason } : { status: 'success', data };
  } catch (error) {
    return outcomeOf<Data>(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', give);
    end.abort(new BalaiError('cancelled'));
    await Promise.all(putAway.map((put) => put()));
  }
}

function outcomeOf<Data>(error: unknown): CheckOutcome<Data> {
  if (error instanceof CheckEnd) {
    const { status, code, message } = error;
    return { status, reason: { code, message } };
  }
  if (!(error instanceof BalaiError)) reportFault('a check of the connection failed', error);
  const { code, message } =
    error instanceof BalaiError ? error : new BalaiError('unsupported_browser');
  return { status: 'failed', reason: { code, message } };
}
