import { LIMITS, type ParticipantId, type RoomId, type SendDataRequest } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { MediaPlane, SendDataParams } from '../../media/media-plane.ts';
import type { Inquiries, Topic } from '../../store/redis/inquiries.ts';
import type { Sessions } from '../sessions/sessions.ts';

export interface BackendDataOptions {
  readonly media: Pick<MediaPlane, 'sendData'>;
  readonly sessions: Pick<Sessions, 'findRoom' | 'findStay'>;
  readonly inquiries: Inquiries;
  /** Whether the media plane reaches the people of all processes. */
  readonly isMediaShared: boolean;
}

interface Sending {
  readonly roomId: RoomId;
  readonly request: SendDataRequest;
}

const DATA: Topic<Sending, true> = { name: 'data' };

/** What an application's backend says to those in a room, whichever process they are in. */
export class BackendData {
  readonly #options: BackendDataOptions;

  constructor(options: BackendDataOptions) {
    this.#options = options;
    options.inquiries.answer(DATA, async (sending) => {
      await this.#sendHere(sending);
      return true;
    });
  }

  /**
   * Who is not there is passed over.
   *
   * @throws AppError `payload_too_large`; `media_unavailable`, `unavailable`: then it may have
   * come to some.
   */
  async send(roomId: RoomId, request: SendDataRequest): Promise<void> {
    if (bytesOf(request).length > LIMITS.dataPayloadBytes) {
      throw new AppError('payload_too_large');
    }
    const { media, isMediaShared } = this.#options;
    if (isMediaShared && request.destinationIdentities === undefined) {
      // One word to the nodes is enough: of each process they would take it as another one.
      await media.sendData(dataOf({ roomId, request }, []));
      return;
    }
    const sending = { roomId, request };
    await this.#sendHere(sending);
    await this.#options.inquiries.gather(DATA, sending);
  }

  async #sendHere({ roomId, request }: Sending): Promise<void> {
    const { media, sessions } = this.#options;
    const destinations = request.destinationIdentities?.flatMap(
      (identity) => sessions.findStay(roomId, identity)?.participantId ?? [],
    );
    // For some, of whom nobody is here: nobody else is to get it.
    if (destinations?.length === 0 || sessions.findRoom(roomId) === undefined) {
      return;
    }
    await media.sendData(dataOf({ roomId, request }, destinations ?? []));
  }
}

function dataOf(
  { roomId, request }: Sending,
  destinations: readonly ParticipantId[],
): SendDataParams {
  const { topic = '', kind = 'reliable' } = request;
  return { roomId, kind, topic, payload: bytesOf(request), destinations };
}

function bytesOf({ payload }: SendDataRequest): Buffer {
  return Buffer.from(payload, 'base64');
}
