/** The clients, in a process of their own so that the server's processor time is the server's alone. */
import { setTimeout as delay } from 'node:timers/promises';
import { BenchClient } from './bench-client.ts';
import { SdkClient } from './sdk-client.ts';
import type { Entry, JoinTimes, LoadCommands, Publishing } from './wire.ts';

const clients: BenchClient[] = [];
const joiners: SdkClient[] = [];

function attend(
  entries: readonly Entry[],
  publishing: Publishing | null,
  pace: number,
): Promise<readonly JoinTimes[]> {
  return enterAll(entries, pace, (entry) => {
    const client = new BenchClient(entry);
    clients.push(client);
    return client.enter(publishing);
  });
}

function join(entries: readonly Entry[], pace: number): Promise<readonly JoinTimes[]> {
  return enterAll(entries, pace, (entry) => {
    const client = new SdkClient(entry);
    joiners.push(client);
    return client.enter();
  });
}

/** One after the other with so many milliseconds in between, or all at once. */
async function enterAll(
  entries: readonly Entry[],
  pace: number,
  enter: (entry: Entry) => Promise<JoinTimes>,
): Promise<readonly JoinTimes[]> {
  const entering: Promise<JoinTimes>[] = [];
  for (const entry of entries) {
    const entered = enter(entry);
    entering.push(entered);
    if (pace > 0) {
      await entered;
      await delay(pace);
    }
  }
  return await Promise.all(entering);
}

const handlers: {
  [C in keyof LoadCommands]: (
    params: LoadCommands[C]['params'],
  ) => Promise<LoadCommands[C]['result']> | LoadCommands[C]['result'];
} = {
  attend: ({ entries, publishing, pace }) => attend(entries, publishing, pace),
  join: ({ entries, pace }) => join(entries, pace),
  counts: () => ({
    received: clients.reduce((sum, { received }) => sum + received, 0),
    lost: clients.reduce((sum, { lost }) => sum + lost, 0),
    bytes: clients.reduce((sum, { bytes }) => sum + bytes, 0),
  }),
  leave: async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(joiners.splice(0).map((client) => client.close()));
    return null;
  },
};

type Call = { readonly id: number; readonly command: keyof LoadCommands; readonly params: never };

process.on('message', async ({ id, command, params }: Call) => {
  try {
    process.send?.({ id, result: await handlers[command](params) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
