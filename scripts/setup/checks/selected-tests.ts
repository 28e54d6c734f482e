import { parseArgs } from 'node:util';

/** The projects whose tests use neither the built SDK nor the built web app. */
const WITHOUT_CLIENTS: ReadonlySet<string> = new Set(['store']);

/**
 * Whether the tests that these arguments of vitest select may use the built SDK and web
 * app: where they are old, the tests would try what was there before.
 */
export function usesClients(args: readonly string[]): boolean {
  const { values } = parseArgs({
    args: [...args],
    options: { project: { type: 'string', multiple: true } },
    strict: false,
    allowPositionals: true,
  });
  const projects = values.project ?? [];
  return (
    projects.length === 0 ||
    projects.some((project) => typeof project !== 'string' || !WITHOUT_CLIENTS.has(project))
  );
}
