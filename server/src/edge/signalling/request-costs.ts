import type { Method, Params } from '@balai/protocol';

/**
 * Requests that cost more than one: a message is stored for good and sent to
 * everybody, and a track makes a stream for each of them.
 */
const COSTS: { readonly [M in Method]?: number } = {
  'chat.send': 10,
  'chat.edit': 10,
  'text.send': 10,
  'track.publish': 10,
  'self.update': 50,
  // What one of them does reaches everybody, or asks somebody for their attention.
  'reaction.send': 25,
  'hand.raise': 10,
  'moderation.askToUnmute': 10,
  'moderation.spotlight': 10,
  'moderation.lock': 10,
  'moderation.muteAll': 10,
  'stage.invite': 10,
  'breakouts.create': 25,
  'breakouts.broadcast': 25,
  'breakouts.recall': 25,
  'breakouts.assign': 3,
  'breakouts.list': 3,
};
/** Subscriptions of one message that are changed for the price of one request. */
const UPDATES_FOR_ONE = 50;
/** Characters of a call that come with it; one more request for each as many. */
const CALL_CHARACTERS_FOR_ONE = 4_096;

/**
 * Characters that one client may have the server send to others. A text of the greatest
 * length reaches a hundred people, and then again seconds later; what people write to each
 * other is far below.
 */
export const DELIVERIES = { capacity: 8 * 1024 * 1024, refillPerSecond: 1024 * 1024 };

/**
 * What a request costs of a client's pace, seen before it is looked at closely: that is
 * work, too.
 */
export function costOf(method: Method, params: unknown): number {
  if (method === 'subscriptions.update') {
    return 1 + Math.floor(lengthOf(params, 'updates') / UPDATES_FOR_ONE);
  }
  if (method === 'rpc.call') {
    return 1 + Math.floor(lengthOf(params, 'payload') / CALL_CHARACTERS_FOR_ONE);
  }
  return COSTS[method] ?? 1;
}

/**
 * Characters that a request has the server send, all receivers together, of those of
 * {@link DELIVERIES}: never more than there are.
 *
 * @param method Of a request whose params have the documented shape.
 * @param countOthers How many others are in the room.
 */
export function deliveryOf<M extends Method>(
  method: M,
  params: Params<M>,
  countOthers: () => number,
): number {
  return Math.min(DELIVERIES.capacity, charactersOf({ method, params } as Request, countOthers));
}

type Request = {
  readonly [M in Method]: { readonly method: M; readonly params: Params<M> };
}[Method];

function charactersOf({ method, params }: Request, countOthers: () => number): number {
  switch (method) {
    case 'chat.send':
    case 'chat.edit':
      return params.text.length * countOthers();
    case 'self.update': {
      const { name = '', metadata = '', attributes = {} } = params;
      const parts = [name, metadata, ...Object.entries(attributes).flat()];
      return countOthers() * parts.reduce((total, { length }) => total + length, 0);
    }
    case 'rpc.call':
      return params.payload.length;
    case 'text.send': {
      const { text, topic, attributes = {}, destinationIdentities } = params;
      const receivers = destinationIdentities?.length ?? countOthers();
      const parts = [text, topic, ...Object.entries(attributes).flat()];
      return receivers * parts.reduce((total, { length }) => total + length, 0);
    }
    default:
      return 0;
  }
}

/** Of an array or text in the params; 0 where there is none. */
function lengthOf(params: unknown, field: string): number {
  if (typeof params !== 'object' || params === null) return 0;
  const value: unknown = Reflect.get(params, field);
  return Array.isArray(value) || typeof value === 'string' ? value.length : 0;
}
