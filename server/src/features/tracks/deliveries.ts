import type { TrackId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';

/**
 * Gives participants the tracks that they have been told of. The subscriptions
 * of all tracks that are announced while one command runs come with the next one.
 */
export class Deliveries {
  readonly #media: MediaPlane;
  readonly #sessions: Sessions;
  readonly #logger: Logger;
  readonly #due = new WeakMap<Stay, TrackId[]>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(media: MediaPlane, sessions: Sessions, logger: Logger) {
    this.#media = media;
    this.#sessions = sessions;
    this.#logger = logger;
    this.#unsubscribe = [
      sessions.events.on('tracksAnnounced', ({ stay, trackIds }) => this.#request(stay, trackIds)),
      sessions.events.on('grantsChanged', ({ stay, before }) => {
        const { subscribe } = stay.ticket.grants;
        if (subscribe && !before.subscribe) sessions.announceTracks(stay);
        if (!subscribe && before.subscribe) void this.#withdraw(stay);
      }),
    ];
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /**
   * Delivers tracks to somebody from now on, or no longer. Tracks that are not there are passed over.
   *
   * @throws AppError `forbidden` for who may receive nothing, `conflict` for who has gone.
   */
  async setSubscribed(
    stay: Stay,
    trackIds: readonly TrackId[],
    isSubscribed: boolean,
  ): Promise<void> {
    if (isSubscribed && !stay.ticket.grants.subscribe) {
      throw new AppError('forbidden', 'They may not receive anything');
    }
    await stay.run(async () => {
      if (stay.transports.receive === null) {
        return;
      }
      await (isSubscribed
        ? this.#subscribe(stay, trackIds)
        : this.#unsubscribeFrom(stay, trackIds));
      this.#withhold(stay, trackIds, !isSubscribed);
    });
  }

  /** Where another process goes on with the stay, it has to leave these out as well. */
  #withhold(stay: Stay, trackIds: readonly TrackId[], isWithheld: boolean): void {
    const { withheld, ticket } = stay;
    for (const trackId of trackIds) isWithheld ? withheld.add(trackId) : withheld.delete(trackId);
    const people = this.#sessions.findPeople(ticket.roomId);
    const present = new Set(people.flatMap(({ tracks }) => tracks.map(({ trackId }) => trackId)));
    for (const trackId of withheld) if (!present.has(trackId)) withheld.delete(trackId);
    this.#sessions.changed(stay);
  }

  #request(stay: Stay, trackIds: readonly TrackId[]): void {
    if (!mayReceive(stay)) {
      return;
    }
    const due = this.#due.get(stay);
    if (due !== undefined) {
      due.push(...trackIds);
      return;
    }
    this.#due.set(stay, [...trackIds]);
    void this.#deliver(stay);
  }

  /** Never rejects: nobody asked for this, so nobody could be told. */
  async #deliver(stay: Stay): Promise<void> {
    const { participantId } = stay;
    const { roomId } = stay.ticket;
    try {
      await stay.run(async () => {
        const trackIds = [...new Set(this.#due.get(stay))];
        this.#due.delete(stay);
        if (!mayReceive(stay)) {
          return;
        }
        await this.#subscribe(stay, trackIds);
      });
    } catch (error) {
      if (!stay.isOver) {
        this.#logger.error({ err: error, roomId, participantId }, 'tracks were not delivered');
      }
    }
  }

  /** What somebody receives who may not any more. Never rejects: nobody asked for this. */
  async #withdraw(stay: Stay): Promise<void> {
    const { participantId } = stay;
    try {
      await stay.run(async () => {
        if (stay.transports.receive === null) {
          return;
        }
        await this.#unsubscribeFrom(stay, 'all');
      });
    } catch (error) {
      if (!stay.isOver) {
        this.#logger.error({ err: error, participantId }, 'tracks were not withdrawn');
      }
    }
  }

  async #subscribe(stay: Stay, trackIds: readonly TrackId[]): Promise<void> {
    const { roomId } = stay.ticket;
    const delivered = await this.#media.subscribe(stay.participantId, trackIds);
    // A track may have ended while the media plane answered: nobody needs it now.
    const subscriptions = delivered.filter((subscription) =>
      this.#sessions.isPublished(roomId, subscription.participantId, subscription.trackId),
    );
    if (subscriptions.length > 0 && !stay.isOver) {
      stay.connection.send('subscribed', { subscriptions });
    }
  }

  async #unsubscribeFrom(stay: Stay, trackIds: readonly TrackId[] | 'all'): Promise<void> {
    const subscriptionIds = await this.#media.unsubscribe(stay.participantId, trackIds);
    if (subscriptionIds.length > 0) {
      stay.connection.send('unsubscribed', { subscriptionIds });
    }
  }
}

/** Who may, but has no transport for it, gets everything once there is one. */
function mayReceive({ ticket, transports }: Stay): boolean {
  return ticket.grants.subscribe && transports.receive !== null;
}
