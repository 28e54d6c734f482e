import type { DataEvents, DataReception, Identity, ParticipantId } from '@balai/protocol';
import type { Late } from '../media/late.ts';
import type { MediaReceiver, MediaSender } from '../media/media-engine.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import type { ByteStreamHandler, RpcHandler, TextStreamHandler } from './data-types.ts';

/** What a stay has for data, texts and calls. */
export interface DataLink {
  readonly request: SignalChannel['request'];
  readonly sender: Late<MediaSender>;
  /** Not there while the stay may receive nothing. */
  readonly receiver: Late<MediaReceiver>;
  /** What `joined` brought. */
  readonly reception: DataReception | null;
}

/** A message of the server that concerns data, texts or calls. */
export type DataMessage = {
  [E in keyof DataEvents]: { readonly event: E; readonly message: Parameters<DataEvents[E]>[0] };
}[keyof DataEvents];

/** Who wants what arrives, and who is who in the room. */
export interface DataSurroundings {
  readonly textHandlers: ReadonlyMap<string, TextStreamHandler>;
  readonly byteHandlers: ReadonlyMap<string, ByteStreamHandler>;
  readonly rpcMethods: ReadonlyMap<string, RpcHandler>;
  /** Undefined for who is not there. */
  readonly findSid: (identity: Identity) => ParticipantId | undefined;
  /** Undefined for who is not known yet, or not there any more. */
  readonly findIdentity: (sid: ParticipantId) => Identity | undefined;
  /** Without an identity it is from the application's backend. */
  readonly onData: (
    payload: Uint8Array<ArrayBuffer>,
    identity: Identity | undefined,
    isReliable: boolean,
    topic: string,
  ) => void;
  /** Something that was to come reliably did not. */
  readonly onInterrupted: () => void;
}
