import type { Identity, Params, RoomId, ServerMessage } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Broadcast } from '../sessions/connection.ts';
import { maySendData } from '../sessions/grants.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { NO_RELAY, type RoomRelay } from '../sessions/sharing/room-relay.ts';
import type { Stay } from '../sessions/stay.ts';
import { ToldOnce } from './told-once.ts';

/** Texts between participants, which nobody keeps. */
export class Texts {
  readonly #sessions: Sessions;
  readonly #broadcast: Broadcast;
  readonly #relay: RoomRelay;
  readonly #clock: Clock;
  readonly #told = new ToldOnce('text');

  constructor(sessions: Sessions, broadcast: Broadcast, clock: Clock, relay: RoomRelay = NO_RELAY) {
    this.#sessions = sessions;
    this.#broadcast = broadcast;
    this.#clock = clock;
    this.#relay = relay;
  }

  /**
   * Tells a text to the others, or to some of them; people who are not in the room are passed
   * over. Repeating it with the same id tells nothing again.
   *
   * @throws AppError `forbidden` without the grant `data` for its topic.
   */
  send(stay: Stay, params: Params<'text.send'>): void {
    if (!maySendData(stay.ticket.grants, params.topic)) {
      throw new AppError('forbidden', 'You may not send texts of this topic');
    }
    if (!this.#told.isNew(stay, params.textId)) {
      return;
    }
    const { textId, topic, text, attributes = {}, destinationIdentities } = params;
    const { roomId, identity } = stay.ticket;
    const message: ServerMessage<'textReceived'> = {
      participantId: stay.participantId,
      identity,
      textId,
      topic,
      text,
      attributes,
      sentAt: new Date(this.#clock()).toISOString(),
    };
    if (destinationIdentities === undefined) {
      this.#broadcast(roomId, 'textReceived', message, [stay.connection.id]);
      this.#relay.broadcast(roomId, 'textReceived', message);
      return;
    }
    for (const destination of new Set(destinationIdentities)) {
      const receiver = this.#sessions.findStay(roomId, destination);
      if (receiver === undefined) this.#sendElsewhere(roomId, destination, message);
      else if (receiver !== stay) receiver.connection.send('textReceived', message);
    }
  }

  #sendElsewhere(
    roomId: RoomId,
    destination: Identity,
    message: ServerMessage<'textReceived'>,
  ): void {
    const person = this.#sessions
      .findPeople(roomId)
      .find(({ identity, isForwarded }) => identity === destination && !isForwarded);
    if (person !== undefined) {
      this.#relay.send(roomId, person.participantId, 'textReceived', message);
    }
  }
}
