import { afterEach, expect, test } from 'vitest';
import { Meeting } from '../../test/rtc/meeting.ts';
import { only } from '../media/contract/expectations.contract.ts';
import type { ClusterNode } from './cluster-nodes.ts';
import { clusterPlane, startLocalNode, TestNodes } from './test-local-nodes.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startNode(peerId: string): Promise<ClusterNode> {
  const node = await startLocalNode(peerId, { workerCount: 1 });
  closers.push(() => node.media.close());
  return node;
}

test('what goes from node to node is counted as what goes to clients and comes from them', async () => {
  const [sender, receiver] = await Promise.all([startNode('a/boot'), startNode('b/boot')]);
  const placed = ['a/boot', 'b/boot'];
  const plane = clusterPlane(
    new TestNodes([sender, receiver]),
    undefined,
    async () => placed.shift() ?? '',
  );
  const meeting = new Meeting(plane);
  closers.push(() => meeting.close());
  const ada = await meeting.attend();
  const camera = await meeting.publish(ada, 'video');
  const ben = await meeting.attend({ subscribeTo: [camera.trackId] });
  await ben.client.waitForMedia(only(ben.joined.subscriptions));
  const loads = async () => {
    const [[here], [there]] = await Promise.all([sender.media.getLoad(), receiver.media.getLoad()]);
    return { fromAda: here?.incomingBps ?? 0, out: here?.outgoingBps ?? 0, in: there?.incomingBps };
  };
  // Neither sends anything else but reports on what they receive.
  await expect
    .poll(
      async () => {
        const { fromAda, out, in: arriving = 0 } = await loads();
        return fromAda > 1_000 && out > fromAda / 2 && arriving > fromAda / 2;
      },
      { timeout: 20_000, interval: 200 },
    )
    .toBe(true);
});
