export type {
  CreateServiceRoomRequest,
  DuplicateIdentityPolicy,
  Grants,
  Page,
  ParticipantRole,
  RoomBan,
  RoomConfiguration,
  ServiceParticipant,
  ServiceRoom,
  TrackInfo,
  TrackSource,
  UpdateServiceParticipantRequest,
  VideoCodec,
} from '@balai/protocol';
export { AccessToken, type AccessTokenOptions } from './access-token.ts';
export type { RoomGrant } from './room-grant.ts';
export {
  type ListRoomsFilter,
  type PageOptions,
  type PerformRpcOptions,
  type RemovalOptions,
  RoomServiceClient,
  type RoomServiceOptions,
  type SendDataOptions,
} from './room-service-client.ts';
export { RpcError, ServiceError, type ServiceFault } from './service-error.ts';
export {
  type TokenContents,
  TokenError,
  type TokenFault,
  TokenVerifier,
} from './token-verifier.ts';
