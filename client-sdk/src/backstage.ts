import type { Method, Params, ParticipantId, Result, RoomInfo } from '@balai/protocol';
import { Emitter } from './emitter.ts';
import type { Participant } from './participants/participant.ts';
import type { RoomEventCallbacks } from './room-events.ts';
import type { StayMessages } from './signalling/signal-channel.ts';
import type { Stay } from './stay.ts';

/** What a room has for parts of the SDK that are no part of the core. */
export abstract class Backstage extends Emitter<RoomEventCallbacks> {
  /** @internal What the server says, after the room itself took note of it. */
  readonly heard = new Emitter<StayMessages>();

  /** @internal What the server told last of the room. */
  abstract readonly info: RoomInfo | undefined;

  /** @internal Waits for a room that is being joined. Throws ConnectionError `not_connected`. */
  protected abstract awaitStay(): Promise<Stay>;

  /** @internal Ourselves or somebody else. */
  abstract findParticipant(id: ParticipantId): Participant | undefined;

  /** @internal Asks the server. Throws ServerError, ConnectionError. */
  async ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return await (await this.awaitStay()).request(method, params);
  }
}
