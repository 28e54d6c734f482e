/** One or two letters that stand for a name, in whatever script. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u);
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const first = (word: string | undefined) =>
    word === undefined
      ? ''
      : (segmenter.segment(word)[Symbol.iterator]().next().value?.segment ?? '');
  const last = words.length > 1 ? words.at(-1) : undefined;
  return `${first(words[0])}${first(last)}`.toLocaleUpperCase();
}

/** A hue between 0 and 359 that stays the same for one person. */
export function hueOf(identity: string): number {
  let hash = 0;
  for (const character of identity) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hash;
}
