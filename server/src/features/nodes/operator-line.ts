import type { Inquiries, Topic } from '../../store/redis/inquiries.ts';
import type { NodeDirectory, NodeStatus } from './node-directory.ts';
import type { NodeOrder } from './process-nodes.ts';

const LIST: Topic<null, readonly NodeStatus[]> = { name: 'list_nodes' };
const ORDER: Topic<NodeOrder, true> = { name: 'order_node' };
/** A process that is asked may have to ask the others. */
const ANSWER_WITHIN_MS = 8_000;

/** Lets commands that operators run beside the server see its nodes and drain them. */
export function serveOperators(directory: NodeDirectory, inquiries: Inquiries): void {
  inquiries.answer(LIST, () => directory.list());
  inquiries.answer(ORDER, async ({ nodeId, isDraining }) => {
    await (isDraining ? directory.drain(nodeId) : directory.undrain(nodeId));
    return true;
  });
}

/**
 * The nodes of a server that runs, from a process of its own that shares its Redis. Every
 * method throws AppError `unavailable` also where no server runs.
 *
 * @param unavailable Makes that error.
 */
export function callServer(inquiries: Inquiries, unavailable: () => Error): NodeDirectory {
  const order = async (wanted: NodeOrder): Promise<void> => {
    if ((await inquiries.find(ORDER, wanted, ANSWER_WITHIN_MS)) === undefined) throw unavailable();
  };
  return {
    async list() {
      const nodes = await inquiries.find(LIST, null, ANSWER_WITHIN_MS);
      if (nodes === undefined) throw unavailable();
      return nodes;
    },
    drain: (nodeId) => order({ nodeId, isDraining: true }),
    undrain: (nodeId) => order({ nodeId, isDraining: false }),
  };
}
