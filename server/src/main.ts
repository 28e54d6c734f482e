import { parseArgs } from 'node:util';
import {
  type Config,
  type Parsed,
  parseMediaNodeConfig,
  parseServerConfig,
} from './compose/config.ts';
import { startMediaNode } from './compose/media-node.ts';
import type { RunningServer } from './compose/running-server.ts';
import { startServer } from './compose/server.ts';
import { createLogger, type Logger, type LogLevel } from './kernel/logger.ts';

/** Longest graceful stop. Whoever waits for the process kills it soon after. */
const STOP_TIMEOUT_MS = 9_500;

/** Ends the process with a message for people: no stack, no log line around it. */
function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** The environment, where an argument may name the role: `--role media`. */
function readEnvironment(): NodeJS.ProcessEnv {
  try {
    const { role } = parseArgs({ options: { role: { type: 'string' } } }).values;
    return role === undefined ? process.env : { ...process.env, BALAI_ROLE: role };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function accept<C extends Config>(parsed: Parsed<C>): C {
  if (parsed.ok) return parsed.config;
  return refuse(
    `The configuration has faults:\n${parsed.faults.map((fault) => `  ${fault}`).join('\n')}`,
  );
}

/** What the process does in its role. */
function configure(env: NodeJS.ProcessEnv): {
  readonly logLevel: LogLevel;
  readonly start: (logger: Logger) => Promise<RunningServer>;
} {
  if (env['BALAI_ROLE']?.trim() === 'media') {
    const config = accept(parseMediaNodeConfig(env));
    return { logLevel: config.logLevel, start: (log) => startMediaNode(config, log) };
  }
  const config = accept(parseServerConfig(env));
  return { logLevel: config.logLevel, start: (log) => startServer(config, log) };
}

const role = configure(readEnvironment());
const logger = createLogger(role.logLevel);
let server: RunningServer | undefined;
/** Why the server stops; empty while it does not. */
const causes = new Set<string>();

/**
 * The first cause stops the server gracefully. The same signal again ends the
 * process at once; another one does not, because Ctrl-C reaches the parent too,
 * which then passes on a signal of its own.
 */
async function stop(cause: string): Promise<void> {
  if (causes.has(cause)) {
    logger.warn({ cause }, 'stopping at once');
    process.exit(1);
  }
  causes.add(cause);
  if (causes.size > 1) {
    return;
  }
  logger.info({ cause }, 'stopping');
  // Who presses Ctrl-C does not want to wait for others.
  if (cause === 'SIGTERM') {
    await server?.drain?.();
  }
  setTimeout(() => {
    logger.error('the stop takes too long; giving up');
    process.exit(1);
  }, STOP_TIMEOUT_MS);
  try {
    // While it still starts there is nothing to save: workers end with their parent.
    await server?.close();
    logger.info('stopped');
    process.exit(0);
  } catch (error) {
    logger.error({ err: error }, 'the stop failed');
    process.exit(1);
  }
}

process.on('SIGTERM', () => void stop('SIGTERM'));
process.on('SIGINT', () => void stop('SIGINT'));
// A parent that dies without a signal leaves no orphan.
process.on('disconnect', () => void stop('the parent process is gone'));
process.on('uncaughtException', (error) => {
  logger.fatal({ err: error }, 'a fault that nothing caught');
  process.exit(1);
});

try {
  server = await role.start(logger);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  const underneath =
    error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  refuse(`Balai cannot start: ${reason}${underneath === '' ? '' : ` (${underneath})`}`);
}
void server.done?.then(() => stop('nobody is left'));
logger.info({ url: server.url, pid: process.pid }, 'ready');
process.send?.({ type: 'ready', url: server.url });
