import type {
  MediaKind,
  ParticipantId,
  RoomId,
  RtpCapabilities,
  Subscription,
  SubscriptionId,
  TrackId,
  TransportInfo,
} from '@balai/protocol';
import { AppError } from '../kernel/app-error.ts';
import { Emitter } from '../kernel/emitter.ts';
import type { Logger } from '../kernel/logger.ts';
import type { AdoptableMedia } from '../media/adoptable-media.ts';
import type {
  Direction,
  ForwardTarget,
  JoinedMedia,
  JoinMediaParams,
  MediaPlane,
  MediaPlaneEvents,
  PublishedMedia,
  PublishMediaParams,
  SendDataParams,
  WorkerLoad,
} from '../media/media-plane.ts';
import type { MovableMedia } from '../media/movable-media.ts';
import type { PersonMedia } from '../media/node-media.ts';
import { adoptFromNode, locationOf } from './adopt-from-node.ts';
import type { ClusterNode, ClusterNodes } from './cluster-nodes.ts';
import { type ClusterPerson, newPerson } from './cluster-room.ts';
import { ClusterRooms } from './cluster-rooms.ts';
import { deliverTracks } from './deliver-tracks.ts';
import { enterNode } from './enter-node.ts';
import { forwardTo, unforward } from './forwards.ts';
import { HandedOn } from './handed-on.ts';
import { onAnyNode } from './on-any-node.ts';
import { passOnFacts } from './pass-on-facts.ts';
import { PassedOnCommands } from './passed-on-commands.ts';
import { type FoundPlace, findPlace, type PlaceOnNode, type PlaceWanted } from './place-on-node.ts';
import { partsOf, type RoomPart } from './room-parts.ts';
import type { RoomPlaces } from './room-places.ts';

export interface ClusterMediaPlaneOptions {
  readonly nodes: ClusterNodes;
  readonly places: RoomPlaces;
  readonly place: PlaceOnNode;
  /** Of every node. */
  readonly routerCapabilities: RtpCapabilities;
  readonly logger: Logger;
}

/** The media of rooms over many nodes, for the people of one control replica. */
export interface ClusterMediaPlane extends MediaPlane, MovableMedia, AdoptableMedia {
  /** Where the people of this replica are. */
  listRooms(): readonly RoomPart[];
}

/** The nodes and their media stay the caller's. */
export function createClusterMediaPlane(options: ClusterMediaPlaneOptions): ClusterMediaPlane {
  return new NodesMediaPlane(options);
}

class NodesMediaPlane extends PassedOnCommands implements ClusterMediaPlane {
  readonly events: Emitter<MediaPlaneEvents>;
  readonly #options: ClusterMediaPlaneOptions;
  readonly #rooms: ClusterRooms;
  readonly #handedOn: HandedOn;
  readonly #stop: () => void;
  #closing: Promise<void> | undefined;

  constructor(options: ClusterMediaPlaneOptions) {
    super();
    this.#options = options;
    const { logger, nodes } = options;
    this.events = new Emitter((error, event) =>
      logger.error({ err: error, event }, 'listener of the media plane failed'),
    );
    this.#rooms = new ClusterRooms({
      places: options.places,
      nodes,
      tellLevels: (roomId, levels) => this.events.emit('audioLevels', { roomId, levels }),
      tellFault: (error) => this.#tellFault(error),
    });
    this.#handedOn = new HandedOn((person) => this.#inBackground(this.#leaveNode(person)));
    this.#stop = passOnFacts(nodes, {
      events: this.events,
      findRoom: (roomId) => this.#rooms.find(roomId),
      homes: this.homes,
      lose: (person) => this.#lose(person),
      forgetNode: (node) => this.#loseNode(node),
    });
  }

  getRouterCapabilities(): RtpCapabilities {
    return this.#options.routerCapabilities;
  }

  async join(params: JoinMediaParams): Promise<JoinedMedia> {
    const { participantId } = params;
    if (this.#closing !== undefined) throw new AppError('media_unavailable');
    if (this.homes.has(participantId)) {
      throw new AppError('conflict', 'This participant has media already');
    }
    this.homes.reserve(participantId);
    try {
      return await onAnyNode(
        (except) => this.#findPlaceToJoin({ ...params, except }),
        (place) => this.#joinAt(place, params),
      );
    } catch (error) {
      this.homes.delete(participantId);
      throw error;
    }
  }

  async leave(participantId: ParticipantId): Promise<void> {
    const places = this.homes.all(participantId);
    // Who is being placed finds out by itself.
    this.#forgetAll(participantId);
    await Promise.all(places.map((person) => this.#leaveNode(person)));
  }

  findMovable(): readonly ParticipantId[] {
    return this.homes.listMovable();
  }

  async beginMove(participantId: ParticipantId): Promise<JoinedMedia> {
    const { room, node } = this.homes.getFirst(participantId);
    if (this.homes.findNext(participantId) !== undefined) {
      throw new AppError('conflict', 'This participant moves already');
    }
    const { roomId } = room;
    const media = await node.media.describe(participantId);
    const canPublish = media.sendTransport !== null;
    const next = await this.#findPlace({ roomId, canPublish });
    if (next.node.peerId === node.peerId || this.homes.find(participantId)?.node !== node) {
      throw new AppError('media_unavailable', 'There is no other place');
    }
    const person = newPerson({ participantId, room, node: next.node, isReceiveOnly: !canPublish });
    room.people.add(person);
    this.homes.setNext(person);
    const { rtpCapabilities, maxIncomingBitrateBps } = media;
    try {
      return await this.#enter(person, {
        roomId,
        participantId,
        rtpCapabilities,
        canPublish,
        canSubscribe: media.receiveTransport !== null,
        receivesData: media.dataReception !== null,
        ...(maxIncomingBitrateBps === null ? {} : { maxIncomingBitrateBps }),
        subscribeTo: media.subscriptions.map(({ trackId }) => trackId),
        isRoomElsewhere: next.isRoomElsewhere,
      });
    } catch (error) {
      this.homes.deleteNext(person);
      this.#drop(person);
      await this.#leaveNode(person);
      throw error;
    }
  }

  async finishMove(participantId: ParticipantId): Promise<void> {
    const next = this.homes.findNext(participantId);
    const first = this.homes.find(participantId);
    if (next === undefined || first === undefined) return;
    this.homes.deleteNext(next);
    this.homes.set(next);
    this.#drop(first);
    await this.#leaveNode(first);
  }

  locate(participantId: ParticipantId): string | undefined {
    const person = this.homes.find(participantId);
    const isOnItsWay = this.homes.findNext(participantId) !== undefined;
    return person === undefined || isOnItsWay ? undefined : locationOf(person);
  }

  async adopt(
    participantId: ParticipantId,
    roomId: RoomId,
    location: string,
  ): Promise<PersonMedia> {
    if (this.homes.has(participantId)) throw new AppError('conflict');
    const node = this.#options.nodes.find(location);
    if (node === undefined || this.#closing !== undefined) throw new AppError('media_unavailable');
    this.homes.reserve(participantId);
    const room = this.#rooms.getOrCreate(roomId);
    const person = newPerson({ participantId, room, node, isReceiveOnly: false });
    person.state = 'in';
    this.#handedOn.takenBack(participantId);
    room.people.add(person);
    this.homes.set(person);
    try {
      const media = await adoptFromNode(person);
      if (this.homes.holds(person)) return media;
      // They left meanwhile, perhaps before the node had given them to this replica.
      await this.#leaveNode(person);
      throw new AppError('media_unavailable');
    } catch (error) {
      this.#forgetAll(participantId, person);
      throw error;
    }
  }

  handOn(participantId: ParticipantId): void {
    const person = this.homes.find(participantId);
    if (person === undefined) return;
    // Where they were about to go nobody goes on with them.
    const next = this.homes.findNext(participantId);
    if (next !== undefined) {
      this.homes.deleteNext(next);
      this.#drop(next);
      this.#inBackground(this.#leaveNode(next));
    }
    person.node.people?.handOn(participantId);
    this.homes.delete(participantId);
    this.#drop(person, true);
    this.#handedOn.add(person);
  }

  async openTransport(participantId: ParticipantId, direction: Direction): Promise<TransportInfo> {
    const person = this.homes.getNewest(participantId);
    const transport = await person.node.media.openTransport(participantId, direction);
    person.transportIds.add(transport.transportId);
    return transport;
  }

  async publish(params: PublishMediaParams): Promise<PublishedMedia> {
    const person = this.homes.getNewest(params.participantId);
    const published = await person.node.media.publish(params);
    if (this.homes.holds(person)) {
      person.trackIds.add(published.trackId);
      await person.room.addTrack(published.trackId, person.node);
    }
    return published;
  }

  async unpublish(participantId: ParticipantId, trackId: TrackId): Promise<void> {
    const person = this.homes.getByTrack(participantId, trackId);
    await person.node.media.unpublish(participantId, trackId);
    this.#forgetTrack(person, trackId);
  }

  async forwardTrack(
    participantId: ParticipantId,
    trackId: TrackId,
    to: ForwardTarget,
  ): Promise<PublishedMedia> {
    const person = this.homes.getByTrack(participantId, trackId);
    if (to.roomId === person.room.roomId) throw new AppError('track_not_found');
    // Its people may all be those of other replicas.
    const room = this.#rooms.getOrCreate(to.roomId);
    room.pendingForwards += 1;
    try {
      if (!(await room.hasPeople())) throw new AppError('track_not_found');
      return await forwardTo(room, person, trackId, to);
    } finally {
      room.pendingForwards -= 1;
      this.#rooms.forgetIfDeserted(room);
    }
  }

  async unforwardTrack(roomId: RoomId, trackId: TrackId): Promise<void> {
    const room = this.#rooms.find(roomId);
    if (room === undefined) return;
    await unforward(room, trackId);
    this.#rooms.forgetIfDeserted(room);
  }

  async subscribe(
    participantId: ParticipantId,
    trackIds: readonly TrackId[],
  ): Promise<readonly Subscription[]> {
    const person = this.homes.getNewest(participantId);
    const { node, room } = person;
    const elsewhere = await room.findElsewhere(node, trackIds);
    const near = trackIds.filter((trackId) => !elsewhere.has(trackId));
    const [ofNear, ofFar] = await Promise.all([
      near.length > 0 || elsewhere.size === 0 ? node.media.subscribe(participantId, near) : [],
      deliverTracks(person, elsewhere),
    ]);
    const all = new Map([...ofNear, ...ofFar].map((one) => [one.trackId, one]));
    const subscriptions = [...new Set(trackIds)].flatMap((trackId) => all.get(trackId) ?? []);
    this.#noteSubscriptions(person, subscriptions);
    return subscriptions;
  }

  async unsubscribe(
    participantId: ParticipantId,
    trackIds: readonly TrackId[] | 'all',
  ): Promise<readonly SubscriptionId[]> {
    this.homes.getFirst(participantId);
    const ended = await Promise.all(
      this.homes.all(participantId).map(async ({ node, received }) => {
        if (trackIds === 'all') received.clear();
        else for (const trackId of trackIds) received.delete(trackId);
        return await node.media.unsubscribe(participantId, trackIds);
      }),
    );
    return ended.flat();
  }

  async allowTracks(
    roomId: RoomId,
    kind: MediaKind,
    trackIds: readonly TrackId[] | 'all',
  ): Promise<void> {
    await this.#rooms.find(roomId)?.allow(kind, trackIds);
  }

  async preferTracks(roomId: RoomId, trackIds: readonly TrackId[]): Promise<void> {
    await this.#rooms.find(roomId)?.prefer(trackIds);
  }

  /** Goes to one node of the room, which passes it on to the others. */
  async sendData(params: SendDataParams): Promise<void> {
    const [own] = this.#rooms.find(params.roomId)?.nodes ?? [];
    if (own !== undefined) {
      await own.media.sendData(params);
      return;
    }
    const elsewhere = await this.#options.places.findNodes(params.roomId);
    const [node] = [...elsewhere.keys()].flatMap((id) => this.#options.nodes.find(id) ?? []);
    await node?.media.sendData(params);
  }

  listRooms(): readonly RoomPart[] {
    return this.#rooms.list().flatMap(partsOf);
  }

  async getLoad(): Promise<readonly WorkerLoad[]> {
    if (this.#closing !== undefined) return [];
    const loads = this.#options.nodes.list().map(({ media }) => media.getLoad());
    return (await Promise.all(loads)).flat();
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.#stop();
    this.#handedOn.close();
    const leaving = this.homes.participantIds.map((participantId) => this.leave(participantId));
    for (const result of await Promise.allSettled(leaving)) {
      if (result.status === 'rejected') this.#tellFault(result.reason);
    }
    this.events.removeAll();
  }

  /** Lets somebody in on a node. Where that fails they are being placed again, unless they left. */
  async #joinAt(
    { node, isRoomElsewhere }: FoundPlace,
    params: JoinMediaParams,
  ): Promise<JoinedMedia> {
    const { participantId, roomId, canPublish } = params;
    const room = this.#rooms.getOrCreate(roomId);
    const person = newPerson({ participantId, room, node, isReceiveOnly: !canPublish });
    room.people.add(person);
    this.homes.set(person);
    try {
      return await this.#enter(person, { ...params, isRoomElsewhere });
    } catch (error) {
      if (this.homes.holds(person)) {
        this.#forgetAll(participantId, person);
        this.homes.reserve(participantId);
      }
      await this.#leaveNode(person);
      throw error;
    }
  }

  /** @throws AppError `media_unavailable`, also for who has left meanwhile; `unavailable`. */
  async #findPlaceToJoin(wanted: JoinMediaParams & PlaceWanted): Promise<FoundPlace> {
    const assertWanted = (): void => {
      if (this.homes.has(wanted.participantId) && this.#closing === undefined) return;
      throw new AppError('media_unavailable');
    };
    assertWanted();
    const place = await this.#findPlace(wanted);
    assertWanted();
    return place;
  }

  /** @throws AppError `media_unavailable`, `unavailable`. */
  #findPlace(who: PlaceWanted): Promise<FoundPlace> {
    return findPlace(who, this.#rooms.find(who.roomId), this.#options);
  }

  /** Gives somebody their media on the node that they were placed on. */
  async #enter(person: ClusterPerson, params: JoinMediaParams): Promise<JoinedMedia> {
    const joined = await enterNode(person, params);
    if (!this.homes.holds(person) || person.state === 'lost') {
      throw new AppError('media_unavailable');
    }
    person.state = 'in';
    for (const transport of [joined.sendTransport, joined.receiveTransport]) {
      if (transport !== null) person.transportIds.add(transport.transportId);
    }
    this.#noteSubscriptions(person, joined.subscriptions);
    return joined;
  }

  /** Only while there are two places is it asked in which of them a subscription is. */
  #noteSubscriptions(person: ClusterPerson, subscriptions: readonly Subscription[]): void {
    if (this.homes.findNext(person.participantId) !== person) return;
    for (const { subscriptionId } of subscriptions) person.subscriptionIds.add(subscriptionId);
  }

  /** Whom it had was told of as a rule; who is left was to join there. */
  #loseNode(node: ClusterNode): void {
    for (const room of this.#rooms.list()) {
      room.links.lost(node.peerId);
      room.levels.remove(node);
      const lost = [...room.people].filter((person) => person.node === node && this.#lose(person));
      if (lost.length === 0) continue;
      const participantIds = lost.map(({ participantId }) => participantId);
      this.events.emit('mediaLost', { roomId: room.roomId, participantIds });
    }
  }

  /**
   * Somebody lost what they had in a place: who is about to move loses the other one too.
   *
   * @returns false for who just comes in there: they may come in elsewhere.
   */
  #lose(person: ClusterPerson): boolean {
    const { participantId } = person;
    if (person.state !== 'in') {
      person.state = 'lost';
      return false;
    }
    const others = this.homes.all(participantId).filter((one) => one !== person);
    this.#forgetAll(participantId, person);
    for (const other of others) this.#inBackground(this.#leaveNode(other));
    return true;
  }

  /** Idempotent. @param place Only if it is theirs still. */
  #forgetAll(participantId: ParticipantId, place?: ClusterPerson): void {
    if (place !== undefined && !this.homes.holds(place)) return;
    const places = this.homes.all(participantId);
    this.homes.delete(participantId);
    for (const person of places) {
      this.homes.deleteNext(person);
      this.#drop(person);
    }
  }

  /** A place of somebody is none any more. @param goesOn What they publish there is still. */
  #drop(person: ClusterPerson, goesOn = false): void {
    const { room, node } = person;
    if (!room.people.delete(person)) return;
    for (const trackId of [...person.trackIds]) {
      if (goesOn) room.leaveTrack(trackId);
      else this.#forgetTrack(person, trackId);
    }
    room.noteNodeInBackground(node);
    room.noteGone(node);
    if (room.people.size === 0) this.#rooms.vacated(room);
  }

  #forgetTrack(person: ClusterPerson, trackId: TrackId): void {
    const { participantId, room, trackIds } = person;
    trackIds.delete(trackId);
    room.removeTrack(trackId);
    this.#rooms.forgetForwardsOf(participantId, trackId);
  }

  async #leaveNode({ participantId, node }: ClusterPerson): Promise<void> {
    try {
      await node.media.leave(participantId);
    } catch (error) {
      // A node that is lost has nobody any more.
      const isGone = error instanceof AppError && error.code === 'media_unavailable';
      if (!isGone) throw error;
    }
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => this.#tellFault(error));
  }

  #tellFault(error: unknown): void {
    this.#options.logger.warn({ err: error }, 'something of a room on several nodes went wrong');
  }
}
