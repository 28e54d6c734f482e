import type { Identity, MessageId, RoomId } from './ids.ts';

/** A room beside the room, for a part of its people. */
export interface BreakoutRoom {
  readonly id: RoomId;
  readonly name: string;
  /** Who belongs there, whether or not they are there yet. */
  readonly identities: readonly Identity[];
}

/** What a client can ask for that concerns the rooms beside its room. */
export interface BreakoutRequests {
  'breakouts.create': {
    params: {
      readonly rooms: readonly {
        readonly name: string;
        readonly identities: readonly Identity[];
      }[];
    };
    result: { readonly rooms: readonly BreakoutRoom[] };
  };
  'breakouts.list': {
    params: Record<string, never>;
    result: { readonly rooms: readonly BreakoutRoom[] };
  };
  /** Where somebody belongs from now on: a breakout room, or null for the main room. They are moved. */
  'breakouts.assign': {
    params: { readonly identity: Identity; readonly roomId: RoomId | null };
    result: null;
  };
  /** Says something in every breakout room. */
  'breakouts.broadcast': {
    params: { readonly messageId: MessageId; readonly text: string };
    result: null;
  };
  /** Brings everybody back, and ends the breakout rooms. */
  'breakouts.recall': { params: Record<string, never>; result: null };
  /** From a breakout room back to the main room, by oneself. */
  'breakouts.leave': { params: Record<string, never>; result: null };
}

/** What the server tells unasked about the rooms beside a room. */
export interface BreakoutEvents {
  /** To who may lead: the breakout rooms, as they are now. */
  breakoutsChanged: (message: { readonly rooms: readonly BreakoutRoom[] }) => void;
  /** We belong into another room: the client joins it with this token. The stay here ends next. */
  moved: (message: {
    readonly token: string;
    readonly room: { readonly id: RoomId; readonly name: string };
    readonly reason: 'moved' | 'breakout' | 'recalled';
  }) => void;
}
