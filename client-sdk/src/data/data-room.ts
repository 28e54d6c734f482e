import type { Identity } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import type { RemoteParticipant } from '../participants/remote-participant.ts';
import { RoomChat } from '../room-chat.ts';
import type { RoomEventCallbacks } from '../room-events.ts';
import type { DataLink } from './data-link.ts';
import type { ByteStreamHandler, RpcHandler, TextStreamHandler } from './data-types.ts';
import { RoomData } from './room-data.ts';

/** A room, as one who receives data. */
export abstract class DataRoom extends RoomChat {
  abstract get remoteParticipants(): ReadonlyMap<Identity, RemoteParticipant>;
  /** @internal */
  protected readonly data = new RoomData({
    awaitLink: () => this.awaitDataLink(),
    findSid: (identity) => this.remoteParticipants.get(identity)?.sid,
    findIdentity: (sid) =>
      [...this.remoteParticipants.values()].find((one) => one.sid === sid)?.identity,
    onData: (payload, identity, isReliable, topic) => {
      const kind = isReliable ? 'reliable' : 'lossy';
      const sender = identity === undefined ? identity : this.remoteParticipants.get(identity);
      this.emit('dataReceived', payload, sender, kind, topic);
      sender?.emit('dataReceived', payload, kind, topic);
    },
    onInterrupted: () => this.emit('dataInterrupted'),
  });

  protected override listened(event: keyof RoomEventCallbacks): void {
    if (event === 'dataReceived') this.data.want();
  }

  /**
   * Handles texts that others send under a topic.
   *
   * @throws BalaiError `conflict` for a second handler of one topic.
   */
  registerTextStreamHandler(topic: string, handler: TextStreamHandler): void {
    register(this.data.textHandlers, topic, handler);
  }

  /** Texts of the topic are dropped from now on. */
  unregisterTextStreamHandler(topic: string): void {
    this.data.textHandlers.delete(topic);
  }

  /**
   * Handles files and other bytes that others send under a topic.
   *
   * @throws BalaiError `conflict` for a second handler of one topic.
   */
  registerByteStreamHandler(topic: string, handler: ByteStreamHandler): void {
    register(this.data.byteHandlers, topic, handler);
    this.data.want();
  }

  /** Bytes of the topic are dropped from now on. */
  unregisterByteStreamHandler(topic: string): void {
    this.data.byteHandlers.delete(topic);
  }

  /**
   * Lets others call a method. What it answers may have 15 KiB in UTF-8.
   *
   * @throws BalaiError `conflict` for a second one of this name.
   */
  registerRpcMethod(method: string, handler: RpcHandler): void {
    register(this.data.rpcMethods, method, handler);
  }

  /** Calls of the method fail from now on, with code 1400. */
  unregisterRpcMethod(method: string): void {
    this.data.rpcMethods.delete(method);
  }

  /** @internal Waits for a room that is being joined. */
  protected abstract awaitDataLink(): Promise<DataLink>;
}

function register<T>(handlers: Map<string, T>, name: string, handler: T): void {
  if (handlers.has(name))
    throw new BalaiError('conflict', `There is a handler of "${name}" already`);
  handlers.set(name, handler);
}
