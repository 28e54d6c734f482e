/** The clients, in a process of their own so that the server's processor time is the server's alone. */
import { setTimeout as delay } from 'node:timers/promises';
import { BenchClient } from './bench-client.ts';
import type { Entry, JoinTimes, LoadCommands, Publishing } from './wire.ts';

const clients: BenchClient[] = [];

async function attend(
  entries: readonly Entry[],
  publishing: Publishing | null,
  pace: number,
): Promise<readonly JoinTimes[]> {
  const entering: Promise<JoinTimes>[] = [];
  for (const entry of entries) {
    const client = new BenchClient(entry);
    clients.push(client);
    const entered = client.enter(publishing);
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
  counts: () => ({
    received: clients.reduce((sum, { received }) => sum + received, 0),
    lost: clients.reduce((sum, { lost }) => sum + lost, 0),
    bytes: clients.reduce((sum, { bytes }) => sum + bytes, 0),
  }),
  leave: () => {
    for (const client of clients.splice(0)) client.close();
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
