import type { ParticipantId, RoomId } from '@balai/protocol';
import type { PersonMedia } from './node-media.ts';

/**
 * Media that outlives the server process which had somebody join: it is on a node, and another
 * process can go on with it.
 */
export interface AdoptableMedia {
  /** Where the media of somebody is; undefined for who cannot be handed on now. */
  locate(participantId: ParticipantId): string | undefined;

  /**
   * Makes the media of somebody this process's matter, as it is.
   *
   * @param location As `locate` said it to the process that they were of.
   * @throws AppError `media_unavailable` where it is not there any more; `conflict` for who is of
   * this process.
   */
  adopt(participantId: ParticipantId, roomId: RoomId, location: string): Promise<PersonMedia>;

  /** The media of somebody is another process's matter from now on, and goes on. Idempotent. */
  handOn(participantId: ParticipantId): void;
}
