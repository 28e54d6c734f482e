export type { ConnectionCheckAccess } from '@balai/protocol';
export type {
  BandwidthData,
  CheckData,
  CheckInfo,
  CheckLog,
  CheckName,
  CheckReason,
  CheckReasonCode,
  CheckStatus,
  DirectionData,
  FlowData,
  PathData,
  PublishData,
  ReceiveData,
  SignallingData,
} from './check-info.ts';
export {
  CHECK_NAMES,
  ConnectionCheck,
  type ConnectionCheckCallbacks,
  type ConnectionCheckOptions,
} from './connection-check.ts';
