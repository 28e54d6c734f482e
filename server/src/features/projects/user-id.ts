import { createHash } from 'node:crypto';

/**
 * The id inside, for somebody whom an application knows by a name of its own: the
 * UUID of version 5 (RFC 9562, section 5.5) of that name in the namespace of the
 * project. So it needs no look-up, and two projects never share one.
 *
 * @param projectId A UUID.
 * @param identity As the application's tokens say it, letter by letter.
 */
export function userIdOf(projectId: string, identity: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(projectId.replaceAll('-', ''), 'hex'))
    .update(identity, 'utf8')
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const digits = bytes.toString('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}
