import { RequestError } from '../app/failure.ts';

/** Length of a picture's sides, in pixels: enough for the largest tile with initials, twice over. */
const SIDE = 512;
const MAX_FILE_BYTES = 20_000_000;

/** The part of a picture that is kept. */
export interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** The largest square in the middle. */
export function middleSquare(width: number, height: number): Square {
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}

/**
 * Makes a small square picture of a file. What a camera wrote into the file besides the
 * picture, such as the place where it was taken, does not come along.
 *
 * @throws RequestError `avatar_too_large`, `avatar_type_unsupported`.
 */
export async function preparePicture(file: File): Promise<Blob> {
  if (file.size > MAX_FILE_BYTES) {
    throw new RequestError({ code: 'avatar_too_large', message: `${file.size} bytes` });
  }
  const bitmap = await decode(file);
  try {
    const { x, y, side } = middleSquare(bitmap.width, bitmap.height);
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = Math.min(side, SIDE);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('This browser has no canvas.');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, x, y, side, side, 0, 0, canvas.width, canvas.height);
    return await encode(canvas, file.type === 'image/jpeg' ? 'image/jpeg' : 'image/png');
  } finally {
    bitmap.close();
  }
}

async function decode(file: File): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file);
  } catch (cause) {
    const failure = { code: 'avatar_type_unsupported', message: 'Not a picture.' };
    throw new RequestError(failure, { cause });
  }
}

function encode(canvas: HTMLCanvasElement, type: string): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const take = (blob: Blob | null) => {
      if (blob === null) reject(new Error('The picture could not be written.'));
      else resolve(blob);
    };
    canvas.toBlob(take, type, 0.9);
  });
}
