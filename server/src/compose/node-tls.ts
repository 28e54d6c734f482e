import { readFile } from 'node:fs/promises';
import type { CertificateFiles } from './node-config.ts';

/** A certificate, its private key and whom to trust, as PEM. */
export interface TlsMaterial {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

/**
 * @param caPath Undefined: whom Node.js trusts.
 * @throws Error for people, in one line, where a file cannot be read.
 */
export async function readTlsFiles(
  files: CertificateFiles | undefined,
  caPath: string | undefined,
): Promise<TlsMaterial> {
  const [cert, key, ca] = await Promise.all([files?.certPath, files?.keyPath, caPath].map(readPem));
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
  };
}

async function readPem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`${path} cannot be read`, { cause: error });
  }
  if (!text.includes('-----BEGIN ')) throw new Error(`${path} is no PEM file`);
  return text;
}
