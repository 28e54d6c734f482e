/** The media nodes of a server that runs: it is asked over the Redis that it uses. */
import { join } from 'node:path';
import type { Config } from '../../server/src/compose/config.ts';
import {
  loadOf,
  type NodeDirectory,
  type NodeStatus,
} from '../../server/src/features/nodes/node-directory.ts';
import { callServer } from '../../server/src/features/nodes/operator-line.ts';
import { AppError } from '../../server/src/kernel/app-error.ts';
import { createLogger } from '../../server/src/kernel/logger.ts';
import { openInquiries } from '../../server/src/store/redis/inquiries.ts';
import { connectRedis } from '../../server/src/store/redis/redis.ts';
import { findRedisUrl } from '../setup/engines/redis-url-file.ts';
import { SetupError, say } from '../setup/say.ts';

/** What can be done with nodes. */
export type NodeCommand =
  | { readonly verb: 'list' }
  | { readonly verb: 'drain' | 'undrain'; readonly nodeId: string };

/** @returns undefined for words that are no command. */
export function parseNodeCommand(words: readonly string[]): NodeCommand | undefined {
  const [verb, nodeId, ...rest] = words;
  if (rest.length > 0) return undefined;
  if (verb === 'list') return nodeId === undefined ? { verb } : undefined;
  const isOrder = verb === 'drain' || verb === 'undrain';
  return isOrder && nodeId ? { verb, nodeId } : undefined;
}

/** Carries a command out, and says what came of it. */
export async function runNodeCommand(config: Config, command: NodeCommand): Promise<void> {
  const url = config.redisUrl ?? findRedisUrl(join(config.dataDir, 'redis'));
  if (url === undefined) {
    throw new SetupError(
      `no server runs here: REDIS_URL is not set, and npm start has none in ${config.dataDir}`,
    );
  }
  const silent = createLogger('silent');
  const redis = await connectRedis(url, silent).catch((cause: unknown) => {
    throw new SetupError('the Redis of the server does not answer: does the server run?', {
      cause,
    });
  });
  try {
    const inquiries = await openInquiries(redis, silent);
    try {
      const nodes = callServer(inquiries, () => new SetupError('no server runs on this Redis'));
      await carryOut(nodes, command);
    } finally {
      await inquiries.close();
    }
  } finally {
    await redis.close();
  }
}

async function carryOut(nodes: NodeDirectory, command: NodeCommand): Promise<void> {
  if (command.verb === 'list') {
    process.stdout.write(tableOf(await nodes.list()));
    return;
  }
  const { verb, nodeId } = command;
  try {
    await nodes[verb](nodeId);
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') {
      throw new SetupError(
        `there is no media node ${nodeId}: "nodes list" shows those that there are`,
      );
    }
    throw error;
  }
  say(
    verb === 'drain'
      ? `nobody new comes to ${nodeId}, and who is there moves to other nodes`
      : `people come to ${nodeId} again`,
  );
}

function tableOf(nodes: readonly NodeStatus[]): string {
  const head = ['NODE', 'STATE', 'LOAD', 'PEOPLE', 'ROOMS', 'WORKERS'];
  const rows = nodes
    .toSorted((a, b) => a.nodeId.localeCompare(b.nodeId, 'en', { numeric: true }))
    .map((node) => [
      node.nodeId,
      stateOf(node),
      `${Math.round(loadOf(node) * 100)} %`,
      String(node.rooms.reduce((sum, { participants }) => sum + participants, 0)),
      String(node.rooms.length),
      `${node.workers.length} of ${node.cores}`,
    ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function stateOf({ isDraining }: NodeStatus): string {
  return isDraining ? 'drained' : 'ready';
}
