import type { ParticipantId, SubscriptionId, TrackId, TransportId } from '@balai/protocol';
import { AppError } from '../kernel/app-error.ts';
import type { ClusterPerson } from './cluster-room.ts';

/**
 * Where the people of one replica have media: each on one node, and on two while they move. What
 * names something of a place goes there, and what is new goes to the newer place.
 */
export class Homes {
  /** Undefined while they are being placed. */
  readonly #people = new Map<ParticipantId, ClusterPerson | undefined>();
  readonly #next = new Map<ParticipantId, ClusterPerson>();

  /** Everybody, those who are being placed included. */
  get participantIds(): readonly ParticipantId[] {
    return [...this.#people.keys()];
  }

  has(participantId: ParticipantId): boolean {
    return this.#people.has(participantId);
  }

  /** They are being placed. */
  reserve(participantId: ParticipantId): void {
    this.#people.set(participantId, undefined);
  }

  set(person: ClusterPerson): void {
    this.#people.set(person.participantId, person);
  }

  delete(participantId: ParticipantId): void {
    this.#people.delete(participantId);
  }

  /** Where they are; while they move, where they were first. */
  find(participantId: ParticipantId): ClusterPerson | undefined {
    return this.#people.get(participantId);
  }

  /** Where they go; undefined for who does not move. */
  findNext(participantId: ParticipantId): ClusterPerson | undefined {
    return this.#next.get(participantId);
  }

  setNext(person: ClusterPerson): void {
    this.#next.set(person.participantId, person);
  }

  deleteNext(person: ClusterPerson): void {
    if (this.#next.get(person.participantId) === person) this.#next.delete(person.participantId);
  }

  /** Who is on a node that drains, and not on their way to another one. */
  listMovable(): readonly ParticipantId[] {
    return this.participantIds.filter((participantId) => {
      const isDraining = this.#people.get(participantId)?.node.isDraining?.() === true;
      return isDraining && !this.#next.has(participantId);
    });
  }

  /** Both places of somebody, or the only one. */
  all(participantId: ParticipantId): readonly ClusterPerson[] {
    const person = this.#people.get(participantId);
    const next = this.#next.get(participantId);
    return [person, next].filter((one) => one !== undefined);
  }

  /** Whether it is a place of somebody still. */
  holds(person: ClusterPerson): boolean {
    return this.all(person.participantId).includes(person);
  }

  /** Where what is new goes. @throws AppError `media_unavailable`. */
  getNewest(participantId: ParticipantId): ClusterPerson {
    const person = this.#next.get(participantId) ?? this.#people.get(participantId);
    if (person === undefined) throw new AppError('media_unavailable');
    return person;
  }

  /** @throws AppError `media_unavailable`. */
  getFirst(participantId: ParticipantId): ClusterPerson {
    const person = this.#people.get(participantId);
    if (person === undefined) throw new AppError('media_unavailable');
    return person;
  }

  /** @throws AppError `media_unavailable`. */
  getByTransport(participantId: ParticipantId, transportId: TransportId): ClusterPerson {
    const next = this.#next.get(participantId);
    return next?.transportIds.has(transportId) ? next : this.getFirst(participantId);
  }

  /** @throws AppError `media_unavailable`. */
  getByTrack(participantId: ParticipantId, trackId: TrackId): ClusterPerson {
    const next = this.#next.get(participantId);
    return next?.trackIds.has(trackId) ? next : this.getFirst(participantId);
  }

  /**
   * Which of these subscriptions are where.
   *
   * @throws AppError `media_unavailable`.
   */
  divide<T>(
    participantId: ParticipantId,
    items: readonly T[],
    idOf: (item: T) => SubscriptionId,
  ): ReadonlyMap<ClusterPerson, readonly T[]> {
    const first = this.getFirst(participantId);
    const next = this.#next.get(participantId);
    return Map.groupBy(items, (item) => (next?.subscriptionIds.has(idOf(item)) ? next : first));
  }
}
