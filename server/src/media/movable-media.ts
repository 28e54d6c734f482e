import type { ParticipantId } from '@balai/protocol';
import type { JoinedMedia } from './media-plane.ts';

/**
 * Media that can go on in another place: on another node. In between somebody has media in both,
 * and what was before goes on until the client has what comes after it.
 */
export interface MovableMedia {
  /** Those of this process who are in places that want to be left. */
  findMovable(): readonly ParticipantId[];

  /**
   * Gives a participant transports in another place as well, with everything that is delivered to
   * it now. From here on it publishes, subscribes and opens data there; whatever names something of
   * the first place is still done there. All or nothing: `media_unavailable` where there is no
   * other place, and `conflict` while it moves already.
   */
  beginMove(participantId: ParticipantId): Promise<JoinedMedia>;

  /** Ends what is in the first place. Nothing for who does not move. */
  finishMove(participantId: ParticipantId): Promise<void>;
}
