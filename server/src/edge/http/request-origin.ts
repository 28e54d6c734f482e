import type { Request } from 'express';
import { AppError } from '../../kernel/app-error.ts';

/** URLs allow more, such as the semicolons and commas that policies are made of. */
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/**
 * The origin under which the client reached the server: the public one where it
 * is configured, else what the Host header says.
 *
 * @throws AppError `invalid_request` for a Host header that is none.
 */
export function getRequestOrigin(request: Request, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) {
    return publicUrl;
  }
  const url = URL.parse(`${request.protocol}://${request.host}`);
  if (url === null || !HOST.test(url.hostname) || url.href !== `${url.origin}/`) {
    throw new AppError('invalid_request', undefined, { details: ['header.host: is not a host'] });
  }
  return url.origin;
}
