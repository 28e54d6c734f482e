import type { ConnectionCheckAccess } from '@balai/protocol';
import { Emitter } from '../emitter.ts';
import { endpoint, invalidAnswer, isObject, sendRequest } from '../send-request.ts';
import type { CheckData, CheckInfo, CheckLog, CheckName, CheckReason } from './check-info.ts';
import { type GetAccess, planChecks } from './checks.ts';
import { paint, playTone } from './generated-media.ts';
import { openRoomPeer } from './peer.ts';
import { type CheckParts, runCheck } from './run-check.ts';

/** Choices for a check. */
export interface ConnectionCheckOptions {
  /**
   * The answer of `POST /v1/connection-check`, where your own server asks for it. By default it is
   * asked for here.
   */
  access?: ConnectionCheckAccess;
  /** Gives up what is being checked: it fails with `cancelled`. */
  signal?: AbortSignal;
}

/** What listeners of a check are called with. */
export interface ConnectionCheckCallbacks {
  /** Something about a check is new. @param id Its place in the order in which checks run. */
  checkUpdate: (id: number, info: CheckInfo) => void;
}

/** All checks, in the order in which `run` does them. */
export const CHECK_NAMES = [
  'signalling',
  'udp',
  'tcp',
  'turn',
  'publish',
  'receive',
  'bandwidth',
] as const satisfies readonly CheckName[];

/** Without a path there is nothing to send over. */
const NEED_PATH: ReadonlySet<CheckName> = new Set(['publish', 'receive', 'bandwidth']);

const browserParts: CheckParts = {
  openPeer: openRoomPeer,
  paint,
  playTone,
  async requestAccess(url, signal) {
    const answer = await sendRequest(endpoint(url, 'v1/connection-check'), {
      method: 'POST',
      signal,
    });
    if (!isObject(answer) || typeof answer['publisherToken'] !== 'string') throw invalidAnswer();
    return answer as unknown as ConnectionCheckAccess;
  },
};

/**
 * Checks whether meetings would work from here: signalling, the ways that media
 * may take, media in both directions, and how much of it comes through. It does so in
 * a room of its own, with a picture and a tone that are made here: it needs no
 * camera, no microphone, no permission and no account. Called from a click, it checks sound too.
 *
 * Checks run one by one, never reject, and put away what they used.
 */
export class ConnectionCheck extends Emitter<ConnectionCheckCallbacks> {
  readonly #parts: CheckParts;
  readonly #signal: AbortSignal;
  readonly #plans: ReturnType<typeof planChecks>;
  readonly #infos: Map<CheckName, CheckInfo>;
  /** What runs, runs alone: two at once would take bandwidth from each other. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param url Origin of the server, for example `https://meet.example.org`. */
  constructor(url: string, options?: ConnectionCheckOptions);
  /** @internal */
  constructor(url: string, options?: ConnectionCheckOptions, parts?: CheckParts);
  constructor(url: string, options: ConnectionCheckOptions = {}, parts = browserParts) {
    super();
    this.#parts = parts;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#infos = new Map(CHECK_NAMES.map((name) => [name, idle(name)]));
    let { access } = options;
    const getAccess: GetAccess = async (signal) => {
      // Its room lives for a few minutes only.
      if (!access || (!options.access && Date.parse(access.endsAt) - Date.now() < 60_000)) {
        access = await parts.requestAccess(url, signal);
      }
      return access;
    };
    this.#plans = planChecks(getAccess);
  }

  /** Asks for a way in, and joins. */
  checkSignalling(): Promise<CheckInfo<'signalling'>> {
    return this.#check('signalling');
  }

  /** Sends media straight to the server over UDP, the best way there is. */
  checkUdp(): Promise<CheckInfo<'udp'>> {
    return this.#check('udp');
  }

  /** Sends media straight to the server over TCP, for networks that block UDP. */
  checkTcp(): Promise<CheckInfo<'tcp'>> {
    return this.#check('tcp');
  }

  /** Sends media over the TURN server. Skipped where none is offered. */
  checkTurn(): Promise<CheckInfo<'turn'>> {
    return this.#check('turn');
  }

  /** Sends a picture and a tone, whichever way they take. */
  checkPublish(): Promise<CheckInfo<'publish'>> {
    return this.#check('publish');
  }

  /** Sends a picture and a tone, and receives them as another participant. */
  checkReceive(): Promise<CheckInfo<'receive'>> {
    return this.#check('receive');
  }

  /** Sends as much video as one camera at its best, receives it, and measures both. */
  checkBandwidth(): Promise<CheckInfo<'bandwidth'>> {
    return this.#check('bandwidth');
  }

  /**
   * Does all of it, one after the other. What cannot succeed after what was found is skipped:
   * everything where the server was not reached, media where no path to it was found.
   */
  async run(): Promise<CheckInfo[]> {
    for (const name of CHECK_NAMES) this.#set(idle(name));
    for (const name of CHECK_NAMES) {
      const reason = this.#obstacleOf(name);
      if (reason) this.#set({ ...idle(name), status: 'skipped', reason } as CheckInfo);
      else await this.#check(name);
    }
    return this.getResults();
  }

  /** All checks as they stand. */
  getResults(): CheckInfo[] {
    return [...this.#infos.values()];
  }

  /** Whether meetings work from here: media came back, and no check of it failed. */
  isSuccess(): boolean {
    const statusOf = (name: CheckName) => this.#infos.get(name)?.status;
    return (
      statusOf('receive') === 'success' &&
      (['signalling', 'publish', 'bandwidth'] as const).every((name) => statusOf(name) !== 'failed')
    );
  }

  #check<Name extends CheckName>(name: Name): Promise<CheckInfo<Name>> {
    const done = this.#last.then(() => this.#run(name));
    this.#last = done;
    return done;
  }

  async #run<Name extends CheckName>(name: Name): Promise<CheckInfo<Name>> {
    const logs: CheckLog[] = [];
    const tell = (rest: object) => {
      const info = { name, logs: [...logs], ...rest } as unknown as CheckInfo<Name>;
      this.#set(info);
      return info;
    };
    tell({ status: 'running' });
    const outcome = await runCheck<CheckData[Name]>(
      this.#plans[name],
      this.#parts,
      this.#signal,
      (level, message) => {
        logs.push({ level, message });
        tell({ status: 'running' });
      },
    );
    const { status, reason } = outcome;
    if (reason)
      logs.push({ level: status === 'failed' ? 'error' : 'info', message: reason.message });
    return tell(outcome);
  }

  #set(info: CheckInfo): void {
    this.#infos.set(info.name, info);
    this.emit('checkUpdate', CHECK_NAMES.indexOf(info.name), info);
  }

  /** Why a check is of no use after those that were done. */
  #obstacleOf(name: CheckName): CheckReason | undefined {
    const isFound = (path: CheckName) => this.#infos.get(path)?.status === 'success';
    if (name === 'signalling') return undefined;
    if (!isFound('signalling')) {
      return { code: 'server_not_reached', message: 'The server was not reached.' };
    }
    if (!NEED_PATH.has(name) || isFound('udp') || isFound('tcp') || isFound('turn'))
      return undefined;
    return { code: 'no_media_path', message: 'Media finds no way to the server.' };
  }
}

function idle(name: CheckName): CheckInfo {
  return { name, status: 'idle', logs: [] };
}
