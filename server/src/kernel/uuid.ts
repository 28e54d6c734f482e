const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether PostgreSQL would take this text as a UUID key. Another text is the key of nothing. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
