import { createHmac } from 'node:crypto';
import type { IceServer, Identity } from '@balai/protocol';
import type { Clock } from '../../kernel/clock.ts';

/** TURN checks credentials again at every refresh of an allocation: longer than any meeting. */
const TURN_LIFETIME_MS = 24 * 3_600_000;
/** An allocation is refreshed a little before its time. */
const TURN_SPARE_MS = 60_000;

/** What is handed to everybody, and what is made for each. */
export interface IceOptions {
  /** Handed out as they are. */
  readonly servers: readonly IceServer[];
  /** A TURN server that shares a secret with us. */
  readonly turn: { readonly urls: readonly string[]; readonly secret: string } | undefined;
  readonly clock: Clock;
}

/**
 * The ICE servers for one person. TURN credentials follow
 * draft-uberti-behave-turn-rest-00, which coturn calls use-auth-secret: the name
 * says until when they hold, and the password is its HMAC.
 *
 * @param endsAt When they are of no use any more, in milliseconds since 1970, where that is
 * known. Credentials are all that TURN asks for: strangers get none for longer than they need.
 */
export function chooseIceServers(
  options: IceOptions,
  identity: Identity,
  endsAt?: number,
): readonly IceServer[] {
  const { servers, turn, clock } = options;
  if (turn === undefined) {
    return servers;
  }
  const holdsUntil = endsAt === undefined ? clock() + TURN_LIFETIME_MS : endsAt + TURN_SPARE_MS;
  const username = `${Math.floor(holdsUntil / 1_000)}:${identity}`;
  const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
  return [...servers, { urls: turn.urls, username, credential }];
}
