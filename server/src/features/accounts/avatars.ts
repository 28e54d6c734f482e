import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { FileAnswer, UploadedFile } from '../../kernel/route.ts';
import type { FileStorage } from '../../store/files/file-storage.ts';
import type { Database } from '../../store/postgres/database.ts';
import { findPictureType, PICTURE_TYPES, type PictureType } from './picture-type.ts';
import type { Profiles } from './profiles.ts';
import { replaceAvatar } from './user-rows.ts';

export const MAX_AVATAR_BYTES = 2 * 1_024 * 1_024;

const URL_PREFIX = '/v1/avatars/';
const NAME = /^([\w-]{43})\.(png|jpg|webp)$/;

/** Pictures of users. Whoever knows the URL, which nobody can guess, may see one. */
export interface Avatars {
  /**
   * @param file At most `MAX_AVATAR_BYTES`.
   * @returns the URL, relative to the server.
   * @throws AppError `unsupported_file_type` where the bytes are not of the type that was said.
   */
  set(userId: string, file: UploadedFile): Promise<string>;

  /** Removing what is not there is no fault. */
  remove(userId: string): Promise<void>;

  /** Removes the bytes behind a URL that no user has any more. Never rejects. */
  discard(url: string | null): Promise<void>;

  /** @param name The last part of the URL. @throws AppError `not_found`. */
  open(name: string): Promise<FileAnswer>;
}

export interface AvatarsDependencies {
  readonly database: Database;
  readonly files: FileStorage;
  readonly profiles: Profiles;
  readonly logger: Logger;
}

export function createAvatars({ database, files, profiles, logger }: AvatarsDependencies): Avatars {
  const discard = async (url: string | null): Promise<void> => {
    const key = url === null ? undefined : readName(url.slice(URL_PREFIX.length))?.key;
    try {
      if (key !== undefined) {
        await files.remove(key);
      }
    } catch (error) {
      logger.warn({ err: error, key }, 'the file of an old picture was not removed');
    }
  };

  const replace = (userId: string, url: string | null): Promise<string | null> =>
    profiles.change(userId, () => database.asUser(userId, (db) => replaceAvatar(db, userId, url)));

  return {
    discard,

    async set(userId, file) {
      const bytes = Buffer.concat(await file.content.toArray());
      const type = findPictureType(bytes);
      if (type === undefined || type !== file.type) {
        throw new AppError('unsupported_file_type', 'These bytes are no picture of this type');
      }
      const { key } = await files.save('avatars', toChunks(bytes));
      const url = `${URL_PREFIX}${key.slice('avatars/'.length)}.${PICTURE_TYPES[type]}`;
      let previous: string | null;
      try {
        previous = await replace(userId, url);
      } catch (error) {
        await discard(url);
        throw error;
      }
      await discard(previous);
      return url;
    },

    async remove(userId) {
      await discard(await replace(userId, null));
    },

    async open(name) {
      const picture = readName(name);
      const file = picture && (await files.open(picture.key));
      if (picture === undefined || file === undefined) {
        throw new AppError('not_found');
      }
      const { content, sizeBytes } = file;
      return { content, sizeBytes, type: picture.type, name, isPicture: true };
    },
  };
}

function readName(name: string): { readonly key: string; readonly type: PictureType } | undefined {
  const [, id, ending] = NAME.exec(name) ?? [];
  const types = Object.keys(PICTURE_TYPES) as PictureType[];
  const type = types.find((candidate) => PICTURE_TYPES[candidate] === ending);
  return id === undefined || type === undefined ? undefined : { key: `avatars/${id}`, type };
}

async function* toChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
