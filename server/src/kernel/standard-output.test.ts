import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';

/** Logs a line, and then what it is told to. */
const PROGRAM = `
  const { createLogger } = await import(process.argv[1]);
  const logger = createLogger('info');
  logger.info('first');
  const long = 'x'.repeat(2 ** 16);
  process.on('message', (way) => {
    if (way === 'much') {
      for (let line = 0; line < 1_000; line += 1) logger.info(long);
      process.send(process.stdout.writableLength);
      return;
    }
    logger.info('next');
    logger[way]('last');
    process.exit(3);
  });
`;

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

/** A process that has logged its first line. */
async function logFirstLine(): Promise<{ child: ChildProcess; said: () => string }> {
  const logger = new URL('logger.ts', import.meta.url).href;
  const started = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, logger], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  child = started;
  let text = '';
  started.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  if (started.stdout !== null) await once(started.stdout, 'data');
  return { child: started, said: () => text };
}

test.each(['info', 'fatal'])('what is logged right before the end (%s) is read', async (way) => {
  const { child, said } = await logFirstLine();
  const closed = once(child, 'close');
  child.send(way);
  expect(await closed).toEqual([3, null]);
  expect(said()).toMatch(/first.*\n.*next.*\n.*last.*\n$/);
});

test.each(['info', 'fatal'])(
  'a process whose log (%s) nobody reads any more ends all the same',
  async (way) => {
    const { child } = await logFirstLine();
    child.stdout?.destroy();
    await once(child.stdout ?? child, 'close');
    const exited = once(child, 'exit');
    child.send(way);
    expect(await exited).toEqual([3, null]);
  },
);

test('a reader who does not keep up neither holds the process back nor fills its memory', async () => {
  const { child } = await logFirstLine();
  child.stdout?.pause();
  child.send('much');
  const [waiting] = (await once(child, 'message')) as [number];
  expect(waiting).toBeGreaterThan(0);
  expect(waiting).toBeLessThan(17 * 2 ** 20);
});
