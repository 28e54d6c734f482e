import { decodeProtectedHeader } from 'jose';
import { ROOM_TOKEN_TYPE } from '../joining/room-tokens.ts';

/** Whether a token says that it is a room token of this server's own. Whether it is, the signature tells. */
export function isOwnRoomToken(token: string): boolean {
  try {
    return decodeProtectedHeader(token).typ === ROOM_TOKEN_TYPE;
  } catch {
    // No JWT at all is none of ours.
    return false;
  }
}
