/** What can be said about the code without running it. Each check counts as one. */
import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { buildClients } from '../build-clients.ts';
import { inRoot, root } from '../paths.ts';
import { run } from '../run.ts';
import { complain, elapsed, say } from '../say.ts';
import type { Tally } from './tally.ts';

type Check = {
  name: string;
  run: (onLine: (line: string) => void, signal: AbortSignal) => Promise<void>;
};

/** Runs all of them, one line each; the output of one that failed follows its line. */
export async function runStaticChecks(signal: AbortSignal): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const check of checks()) {
    const startedAt = performance.now();
    const lines: string[] = [];
    try {
      await check.run((line) => lines.push(line), signal);
      tally.passed++;
      say(`${check.name}: passed in ${elapsed(startedAt)}`);
    } catch (error) {
      signal.throwIfAborted();
      tally.failed++;
      say(`${check.name}: FAILED in ${elapsed(startedAt)}`);
      if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
      else complain(error);
    }
  }
  return tally;
}

function checks(): Check[] {
  return [
    {
      name: 'format and lint',
      run: tool('biome', 'check', '--error-on-warnings', '--colors=off', '.'),
    },
    // The web app's types come from the built SDK's, as they do for its other users.
    { name: 'build of SDKs and web app', run: (_onLine, signal) => buildClients(signal) },
    ...typeScriptProjects().map((folder) => ({
      name: `types of ${folder}`,
      run: tool('tsc', '-p', folder),
    })),
  ];
}

function typeScriptProjects(): string[] {
  const configs = globSync(['*/tsconfig.json', '*/*/tsconfig.json'], {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|\.data)$/.test(path),
  });
  return configs.map((path) => dirname(path)).sort();
}

function tool(name: string, ...args: string[]): Check['run'] {
  return (onLine, signal) =>
    run(process.execPath, [inRoot('node_modules', '.bin', name), ...args], {
      cwd: root,
      onLine,
      signal,
    });
}
