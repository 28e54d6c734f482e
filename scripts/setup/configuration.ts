/** The configuration is checked before any work is begun, with the server's own rules. */
import { type Config, parseConfig } from '../../server/src/compose/config.ts';
import { SetupError } from './say.ts';

/** The checked configuration. Throws one error that lists every fault in it. */
export function readConfiguration(env: NodeJS.ProcessEnv): Config {
  const parsed = parseConfig(env);
  if (parsed.ok) return parsed.config;
  const { faults } = parsed;
  const heading =
    faults.length === 1
      ? 'The configuration has a fault:'
      : `The configuration has ${faults.length} faults:`;
  throw new SetupError([heading, ...faults.map((fault) => `    ${fault}`)].join('\n'));
}
