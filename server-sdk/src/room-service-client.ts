import type {
  CreateServiceRoomRequest,
  Page,
  RoomBan,
  RoomConfiguration,
  RpcOutcome,
  SendDataRequest,
  ServiceParticipant,
  ServiceRoom,
  TrackInfo,
  UpdateServiceParticipantRequest,
} from '@balai/protocol';
import { toBase64 } from './base64.ts';
import { RpcError } from './service-error.ts';
import { ServiceRequests, type ServiceRequestsOptions } from './service-requests.ts';

/** How a client reaches its server. */
export type RoomServiceOptions = ServiceRequestsOptions;

/** Which rooms to list. */
export interface ListRoomsFilter {
  /** At most 100. */
  readonly names?: readonly string[];
  readonly status?: ServiceRoom['status'];
  /** Whose names begin so. */
  readonly prefix?: string;
}

/** Which page of a list. */
export interface PageOptions {
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** 1 to 100. */
  readonly limit?: number;
}

/** How somebody is sent out. */
export interface RemovalOptions {
  /** They may not come back, until the ban is lifted. */
  readonly ban?: boolean;
  /** Of the ban; at most 200 characters. */
  readonly reason?: string;
}

/** Whom data is for, and how it travels. */
export type SendDataOptions = Pick<SendDataRequest, 'topic' | 'kind' | 'destinationIdentities'>;

/** A method of a participant's to be called. */
export interface PerformRpcOptions {
  readonly destinationIdentity: string;
  readonly method: string;
  readonly payload: string;
  /** Milliseconds, 1,000 to 60,000. Default 15,000. */
  readonly responseTimeout?: number;
}

/** The callee's client has this long to say that it has the call; and the answer has to travel. */
const RPC_MARGIN_MS = 10_000;
const DEFAULT_RPC_TIMEOUT_MS = 15_000;

/**
 * Rooms and people of a project, for its backend. Every method throws a `ServiceError` with the
 * server's code where it fails.
 */
export class RoomServiceClient {
  readonly #requests: ServiceRequests;

  /** @param host URL of the server, for example `https://meet.example.org`. */
  constructor(host: string, apiKey: string, apiSecret: string, options: RoomServiceOptions = {}) {
    this.#requests = new ServiceRequests(host, apiKey, apiSecret, options);
  }

  /** Makes a room. One of this name that is open is answered as it is. */
  createRoom(request: CreateServiceRoomRequest): Promise<ServiceRoom> {
    return this.#requests.send({
      method: 'POST',
      path: '/rooms',
      scope: 'rooms:write',
      body: request,
      isIdempotent: true,
    });
  }

  /** Every open room, or of these names, newest first. Asks for as many pages as there are. */
  async listRooms(filter: readonly string[] | ListRoomsFilter = {}): Promise<ServiceRoom[]> {
    const wanted = 'length' in filter ? { names: filter } : filter;
    const rooms: ServiceRoom[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.listRoomsPage(
        { status: 'active', ...wanted },
        { limit: 100, ...(cursor === undefined ? {} : { cursor }) },
      );
      rooms.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return rooms;
  }

  /** One page of rooms of any status, unless the filter says otherwise. */
  async listRoomsPage(
    { names, ...filter }: ListRoomsFilter = {},
    page: PageOptions = {},
  ): Promise<Page<ServiceRoom>> {
    if (names?.length === 0) return { items: [], nextCursor: null };
    const query = { ...filter, ...page, names };
    return await this.#requests.send({ method: 'GET', path: '/rooms', scope: 'rooms:read', query });
  }

  /** The open room of a name. */
  getRoom(room: string): Promise<ServiceRoom> {
    return this.#requests.send({ method: 'GET', path: pathOf(room), scope: 'rooms:read' });
  }

  /** Changes an open room. It holds at once for those who are in it. */
  updateRoom(room: string, changes: RoomConfiguration): Promise<ServiceRoom> {
    const path = pathOf(room);
    return this.#requests.send({ method: 'PATCH', path, scope: 'rooms:write', body: changes });
  }

  /** Changes what is attached to an open room. */
  updateRoomMetadata(room: string, metadata: string): Promise<ServiceRoom> {
    return this.updateRoom(room, { metadata });
  }

  /** Ends an open room, for everybody who is in it. */
  async deleteRoom(room: string): Promise<void> {
    await this.#requests.send({ method: 'DELETE', path: pathOf(room), scope: 'rooms:write' });
  }

  /** Everybody who is in a room, hidden people included. Asks for as many pages as there are. */
  async listParticipants(room: string): Promise<ServiceParticipant[]> {
    const people: ServiceParticipant[] = [];
    let cursor: string | undefined;
    do {
      const page: Page<ServiceParticipant> = await this.#requests.send({
        method: 'GET',
        path: `${pathOf(room)}/participants`,
        scope: 'participants:read',
        query: { limit: 100, cursor },
      });
      people.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return people;
  }

  /** Somebody who is in a room. */
  getParticipant(room: string, identity: string): Promise<ServiceParticipant> {
    const path = pathOf(room, identity);
    return this.#requests.send({ method: 'GET', path, scope: 'participants:read' });
  }

  /** Changes what somebody is called, says of themselves, is, and may do. It holds at once. */
  updateParticipant(
    room: string,
    identity: string,
    changes: UpdateServiceParticipantRequest,
  ): Promise<ServiceParticipant> {
    return this.#requests.send({
      method: 'PATCH',
      path: pathOf(room, identity),
      scope: 'participants:write',
      body: changes,
    });
  }

  /** Sends somebody out and voids the tokens that they have for the room by now. */
  async removeParticipant(
    room: string,
    identity: string,
    { ban = false, reason }: RemovalOptions = {},
  ): Promise<void> {
    await this.#requests.send({
      method: 'DELETE',
      path: pathOf(room, identity),
      scope: 'participants:write',
      query: { ban: ban ? 'true' : undefined, reason },
    });
  }

  /** Who may not come into a room any more, the latest first. */
  listBans(room: string): Promise<readonly RoomBan[]> {
    const path = `${pathOf(room)}/bans`;
    return this.#requests.send({ method: 'GET', path, scope: 'participants:read' });
  }

  /** Lets somebody come in again. */
  async liftBan(room: string, identity: string): Promise<void> {
    await this.#requests.send({
      method: 'DELETE',
      path: `${pathOf(room)}/bans/${encodeURIComponent(identity)}`,
      scope: 'participants:write',
    });
  }

  /** Mutes a track. Unmuting is refused with `forbidden`: nobody is unmuted from afar. */
  mutePublishedTrack(
    room: string,
    identity: string,
    trackId: string,
    muted: boolean,
  ): Promise<TrackInfo> {
    return this.#requests.send({
      method: 'POST',
      path: `${pathOf(room, identity)}/mute`,
      scope: 'participants:write',
      body: { trackId, isMuted: muted },
      isIdempotent: true,
    });
  }

  /** Delivers tracks to somebody, or no longer. */
  async updateSubscriptions(
    room: string,
    identity: string,
    trackIds: readonly string[],
    subscribe: boolean,
  ): Promise<void> {
    await this.#requests.send({
      method: 'POST',
      path: `${pathOf(room, identity)}/subscriptions`,
      scope: 'participants:write',
      body: { trackIds, isSubscribed: subscribe },
      isIdempotent: true,
    });
  }

  /** Moves somebody to another open room of the project. */
  async moveParticipant(room: string, identity: string, destinationRoom: string): Promise<void> {
    await this.#requests.send({
      method: 'POST',
      path: `${pathOf(room, identity)}/move`,
      scope: 'participants:write',
      body: { room: destinationRoom },
    });
  }

  /** Shows what somebody publishes in another open room of the project too. */
  async forwardParticipant(room: string, identity: string, destinationRoom: string): Promise<void> {
    await this.#requests.send({
      method: 'POST',
      path: `${pathOf(room, identity)}/forward`,
      scope: 'participants:write',
      body: { room: destinationRoom },
      isIdempotent: true,
    });
  }

  /** Shows what somebody publishes in the other room no longer. */
  async stopForwarding(room: string, identity: string, destinationRoom: string): Promise<void> {
    await this.#requests.send({
      method: 'DELETE',
      path: `${pathOf(room, identity)}/forward`,
      scope: 'participants:write',
      query: { room: destinationRoom },
    });
  }

  /**
   * Sends at most 60,000 bytes to those in a room who receive data. They get it as `dataReceived`
   * without a participant. It is not sent again where nobody knows whether it arrived.
   */
  async sendData(room: string, data: Uint8Array, options: SendDataOptions = {}): Promise<void> {
    if (options.destinationIdentities?.length === 0) return;
    await this.#requests.send({
      method: 'POST',
      path: `${pathOf(room)}/data`,
      scope: 'data',
      body: { ...options, payload: toBase64(data) },
    });
  }

  /**
   * Calls a method that somebody's client registered.
   *
   * @returns what it answers.
   * @throws RpcError with livekit's codes where the call failed; ServiceError `not_found` where
   * nobody of this identity is in the room.
   */
  async performRpc(room: string, options: PerformRpcOptions): Promise<string> {
    const { destinationIdentity, method, payload, responseTimeout } = options;
    const responseTimeoutMs = responseTimeout ?? DEFAULT_RPC_TIMEOUT_MS;
    const outcome: RpcOutcome = await this.#requests.send({
      method: 'POST',
      path: `${pathOf(room, destinationIdentity)}/rpc`,
      scope: 'data',
      body: { method, payload, responseTimeoutMs },
      timeoutMs: responseTimeoutMs + RPC_MARGIN_MS,
    });
    if ('payload' in outcome) return outcome.payload;
    const { code, message, data } = outcome.error;
    throw new RpcError(code, message, data);
  }

  /** Takes a room token back that the application signed. @param exp As in the token. */
  async denyToken(jti: string, exp: number): Promise<void> {
    await this.#requests.send({
      method: 'POST',
      path: '/tokens/deny',
      scope: 'tokens',
      body: { jti, exp },
      isIdempotent: true,
    });
  }
}

function pathOf(room: string, identity?: string): string {
  const path = `/rooms/${encodeURIComponent(room)}`;
  return identity === undefined ? path : `${path}/participants/${encodeURIComponent(identity)}`;
}
