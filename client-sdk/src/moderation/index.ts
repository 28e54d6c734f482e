/** How a meeting is led, from hands to breakout rooms. Apart from the core: `@balai/client/moderation`. */
export type {
  Act,
  BreakoutRoom,
  LobbyEntry,
  OtherAct,
  PersonAct,
  Reaction,
  RoomBan,
} from '@balai/protocol';
export { REACTIONS } from '@balai/protocol';
export { Moderation } from './moderation.ts';
export { ModerationEvent, type ModerationEventCallbacks } from './moderation-events.ts';
