/** The element of index.html with this id. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no #${id}`);
  return found;
}

/** Shows one part of the page, in place of the others. */
export function show(part: 'sign-in' | 'join' | 'call'): void {
  for (const one of ['sign-in', 'join', 'call']) element(one, HTMLElement).hidden = one !== part;
}

/** Tells the person something; an empty text takes it back. */
export function tell(text: string): void {
  element('notice', HTMLElement).textContent = text;
}

/** Does what was asked for, and tells why it did not work. */
export async function attempt(what: () => Promise<unknown>): Promise<void> {
  tell('');
  try {
    await what();
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
  }
}

/** Asks our own backend. @throws Error with what it said. */
export async function ask<T>(path: string, body: object = {}): Promise<T> {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}
