/**
 * `balai drain`, in the container of a media node: has people go to other nodes, and waits for
 * it, before the node is told to stop. What stops containers runs it as a hook.
 */
import { isIPv6 } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { DrainState } from '../server/src/compose/leaving.ts';
import { readConfiguration } from './setup/configuration.ts';
import { SetupError, say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

const ASK_INTERVAL_MS = 500;
const ANSWER_WITHIN_MS = 5_000;

await runVerb(async (signal) => {
  const { role, node, host, port } = readConfiguration(process.env);
  if (role !== 'media' || node === undefined) {
    throw new SetupError('this is for a media node: BALAI_ROLE is another one');
  }
  const url = `http://${reach(host)}:${port}/drain`;
  const first = await ask(url, node.nodeKey, signal);
  if (first === undefined) throw new SetupError(`no media node answers at ${url}`);
  say(`the node drains, with ${peopleOf(first)} on it`);
  let state: DrainState | undefined = first;
  while (state !== undefined && !state.isOver) {
    await setTimeout(ASK_INTERVAL_MS, undefined, { signal });
    state = await ask(url, node.nodeKey, signal);
  }
  if (state === undefined) say('the node has ended');
  else say(state.people === 0 ? 'nobody is left' : `${peopleOf(state)} did not go in time`);
  return 0;
});

/** @returns undefined where nobody answers. @throws SetupError for an answer of somebody else. */
async function ask(
  url: string,
  nodeKey: string,
  signal: AbortSignal,
): Promise<DrainState | undefined> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${nodeKey}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
  if (!response.ok) throw new SetupError(`${url} answers ${response.status}: not this node`);
  return (await response.json()) as DrainState;
}

function peopleOf({ people }: DrainState): string {
  return people === 1 ? '1 person' : `${people} people`;
}

/** Where a server that listens there is reached on this machine. */
function reach(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIPv6(host) ? `[${host}]` : host;
}
