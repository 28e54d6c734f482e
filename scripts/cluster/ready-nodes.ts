import { readMetric } from './read-metric.ts';

/** How many media nodes a control replica has that take people; undefined where it does not answer. */
export async function readReadyNodes(url: string, token: string): Promise<number | undefined> {
  const nodes = await readMetric(url, token, 'balai_nodes');
  return nodes?.find(({ labels }) => labels['state'] === 'ready')?.value;
}
