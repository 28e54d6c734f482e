import type { ParticipantId } from '@balai/protocol';
import type { PersonInRoom } from './wire.ts';

/** What several replicas can hand on to each other: people on a node. */
export interface SharedPeople {
  /**
   * Takes over people of another replica, which does not have to agree.
   *
   * @returns who of them is on the node.
   * @throws AppError `media_unavailable` while the node is away; `timeout`.
   */
  adopt(people: readonly PersonInRoom[]): Promise<readonly ParticipantId[]>;
  /** Somebody is another replica's matter from now on. The node is told nothing. */
  handOn(participantId: ParticipantId): void;
}
