import type {
  DataKind,
  DataReception,
  DtlsParameters,
  IceParameters,
  ParticipantId,
  SubscriptionId,
  SubscriptionUpdate,
  TrackId,
  TransportId,
} from '@balai/protocol';
import type { NodeMedia } from '../media/node-media.ts';
import { Homes } from './homes.ts';

/** Commands of a plane over nodes that go on as they come, to where that is which they name. */
export abstract class PassedOnCommands {
  protected readonly homes = new Homes();

  async connectTransport(
    participantId: ParticipantId,
    transportId: TransportId,
    dtlsParameters: DtlsParameters,
  ): Promise<void> {
    const { node } = this.homes.getByTransport(participantId, transportId);
    await node.media.connectTransport(participantId, transportId, dtlsParameters);
  }

  async restartIce(participantId: ParticipantId, transportId: TransportId): Promise<IceParameters> {
    const { node } = this.homes.getByTransport(participantId, transportId);
    return await node.media.restartIce(participantId, transportId);
  }

  async setMuted(participantId: ParticipantId, trackId: TrackId, isMuted: boolean): Promise<void> {
    const { node } = this.homes.getByTrack(participantId, trackId);
    await node.media.setMuted(participantId, trackId, isMuted);
  }

  async startSubscriptions(
    participantId: ParticipantId,
    subscriptionIds: readonly SubscriptionId[],
  ): Promise<void> {
    const parts = this.homes.divide(participantId, subscriptionIds, (id) => id);
    await Promise.all(
      [...parts].map(([{ node }, ids]) => node.media.startSubscriptions(participantId, ids)),
    );
  }

  async updateSubscriptions(
    participantId: ParticipantId,
    updates: readonly SubscriptionUpdate[],
  ): Promise<void> {
    const parts = this.homes.divide(participantId, updates, (one) => one.subscriptionId);
    await Promise.all(
      [...parts].map(([{ node }, some]) => node.media.updateSubscriptions(participantId, some)),
    );
  }

  async openDataSender(
    participantId: ParticipantId,
    kind: DataKind,
    streamId: number,
  ): Promise<void> {
    const person = this.homes.getNewest(participantId);
    await person.node.media.openDataSender(participantId, kind, streamId);
    person.sendsData = true;
  }

  /** What was sent from the first place is flushed before anything is sent from the next. */
  async flushData(participantId: ParticipantId, messages: number): Promise<void> {
    const next = this.homes.findNext(participantId);
    const { node } = next?.sendsData ? next : this.homes.getFirst(participantId);
    await node.media.flushData(participantId, messages);
  }

  async limitData(participantId: ParticipantId, topics: readonly string[] | 'all'): Promise<void> {
    await this.#atAll(participantId, (media) => media.limitData(participantId, topics));
  }

  async closeDataSender(participantId: ParticipantId): Promise<void> {
    await this.#atAll(participantId, (media) => media.closeDataSender(participantId));
  }

  async receiveData(participantId: ParticipantId): Promise<DataReception> {
    return await this.homes.getNewest(participantId).node.media.receiveData(participantId);
  }

  async stopData(participantId: ParticipantId): Promise<void> {
    await this.#atAll(participantId, (media) => media.stopData(participantId));
  }

  /** @throws AppError `media_unavailable`. */
  async #atAll(
    participantId: ParticipantId,
    command: (media: NodeMedia) => Promise<void>,
  ): Promise<void> {
    this.homes.getFirst(participantId);
    const places = this.homes.all(participantId);
    await Promise.all(places.map(({ node }) => command(node.media)));
  }
}
