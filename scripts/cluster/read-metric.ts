/** One line of a metric. */
export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

const TIMEOUT_MS = 2_000;

/** What a member says of one metric; undefined where it does not answer. */
export async function readMetric(
  url: string,
  token: string,
  name: string,
): Promise<Sample[] | undefined> {
  let text: string;
  try {
    const answer = await fetch(new URL('/metrics', url), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) return undefined;
    text = await answer.text();
  } catch {
    return undefined; // it is not there, or cut off
  }
  return text.split('\n').flatMap((line) => readSample(line, name) ?? []);
}

function readSample(line: string, name: string): Sample | undefined {
  const [, found, labels = '', value] = /^(\w+)(?:\{([^}]*)\})? (\S+)$/.exec(line) ?? [];
  if (found !== name) return undefined;
  const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]);
  return { labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
}
