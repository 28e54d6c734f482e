import { Transform } from 'node:stream';
import type { Request } from 'express';
import { AppError } from '../../kernel/app-error.ts';
import type { UploadedFile, UploadSpec } from '../../kernel/route.ts';

/**
 * Takes the body of a request as a file, as it comes.
 *
 * @throws AppError `unsupported_file_type`; `payload_too_large` at once where the
 * request says its length, or from the stream where it does not.
 */
export function readUpload(request: Request, { maxBytes, types }: UploadSpec): UploadedFile {
  const type =
    /^[^;]*/
      .exec(request.headers['content-type'] ?? '')?.[0]
      .trim()
      .toLowerCase() ?? '';
  if (!types.includes(type)) {
    throw new AppError('unsupported_file_type');
  }
  if (request.headers['content-encoding'] !== undefined) {
    throw new AppError('invalid_request', undefined, {
      details: ['header.content-encoding: is not taken for files'],
    });
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    throw new AppError('payload_too_large');
  }
  let size = 0;
  const content = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > maxBytes ? new AppError('payload_too_large') : null, chunk);
    },
  });
  // A client that goes away in the middle must not leave a reader waiting.
  request.once('close', () => {
    if (!request.complete) {
      content.destroy(new AppError('conflict', 'The upload broke off'));
    }
  });
  // Whoever reads hears of a failure; nobody else has to.
  content.on('error', () => request.unpipe(content));
  request.pipe(content);
  return { content, type };
}
