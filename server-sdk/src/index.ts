export type {
  DuplicateIdentityPolicy,
  ParticipantRole,
  RoomConfiguration,
  TrackSource,
  VideoCodec,
} from '@balai/protocol';
export { AccessToken, type AccessTokenOptions } from './access-token.ts';
export type { RoomGrant } from './room-grant.ts';
export {
  type TokenContents,
  TokenError,
  type TokenFault,
  TokenVerifier,
} from './token-verifier.ts';
