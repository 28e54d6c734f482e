import type { ChatFile } from '@balai/client';
import type { Failure } from '../app/failure.ts';
import { textOfFailure } from '../app/failure-texts.ts';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** How large a file is, for people: `1.2 MB`. */
export function textOfSize(sizeBytes: number): string {
  const step = Math.min(
    UNITS.length - 1,
    sizeBytes < 1 ? 0 : Math.floor(Math.log10(sizeBytes) / 3),
  );
  const format = new Intl.NumberFormat('en', {
    style: 'unit',
    unit: UNITS[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step < 2 ? 0 : 1,
  });
  return format.format(sizeBytes / 1000 ** step);
}

/** Pictures that every browser shows, and that can do nothing else. */
const SHOWN_TYPES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
]);

/** Larger ones are shown when somebody asks for them. */
const SHOWN_UP_TO_BYTES = 8_000_000;

/** Whether a file is shown as a picture as soon as it is there. */
export function isShownPicture({ type, sizeBytes }: ChatFile): boolean {
  return SHOWN_TYPES.has(type) && sizeBytes <= SHOWN_UP_TO_BYTES;
}

/** Why a file was not sent, in words. */
export function textOfFileFailure(
  file: { readonly name: string; readonly size: number; readonly type: string },
  failure: Failure,
): string {
  const isNot = `“${file.name}” was not sent.`;
  switch (failure.code) {
    case 'payload_too_large':
      return `${isNot} It has ${textOfSize(file.size)}, which is more than this server takes.`;
    case 'unsupported_file_type': {
      const type = file.type === '' ? 'an unknown type' : `the type ${file.type}`;
      return `${isNot} It is of ${type}, which this server does not take.`;
    }
    case 'forbidden':
      return `${isNot} The host does not let you send files in this room.`;
    case 'cancelled':
      return `${isNot} You left before it was there.`;
    default: {
      const { title, text } = textOfFailure(failure);
      return `${isNot} ${title}. ${text}`;
    }
  }
}
