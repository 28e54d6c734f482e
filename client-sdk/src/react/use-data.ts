import { useEffect } from 'react';
import type { ByteStreamHandler, RpcHandler, TextStreamHandler } from '../data/data-types.ts';
import type { Room } from '../room.ts';
import type { RoomEventCallbacks } from '../room-events.ts';
import { useRoom } from './room-context.ts';
import { useLatest } from './use-latest.ts';

/** Which messages {@link useDataReceived} tells. */
export interface UseDataReceivedOptions {
  /** Only those of this topic. Default: all. */
  readonly topic?: string;
  /** Default: that of the nearest `RoomProvider`. */
  readonly room?: Room;
}

/** Calls `listener` with each message of `publishData`. It may be another function at each rendering. */
export function useDataReceived(
  listener: RoomEventCallbacks['dataReceived'],
  { topic, room: given }: UseDataReceivedOptions = {},
): void {
  const room = useRoom(given);
  const latest = useLatest(listener);
  useEffect(() => {
    const hear: typeof listener = (payload, participant, kind, its) => {
      if (topic === undefined || its === topic) latest.current(payload, participant, kind, its);
    };
    room.on('dataReceived', hear);
    return () => {
      room.off('dataReceived', hear);
    };
  }, [room, topic, latest]);
}

/**
 * Handles the texts of a topic while the component is there. A topic has one
 * handler in a room. It may be another function at each rendering.
 */
export function useTextStream(topic: string, handler: TextStreamHandler, given?: Room): void {
  const room = useRoom(given);
  const latest = useLatest(handler);
  useEffect(() => {
    room.registerTextStreamHandler(topic, (reader, sender) => latest.current(reader, sender));
    return () => room.unregisterTextStreamHandler(topic);
  }, [room, topic, latest]);
}

/** Handles files and other bytes of a topic. For the rest as {@link useTextStream}. */
export function useByteStream(topic: string, handler: ByteStreamHandler, given?: Room): void {
  const room = useRoom(given);
  const latest = useLatest(handler);
  useEffect(() => {
    room.registerByteStreamHandler(topic, (reader, sender) => latest.current(reader, sender));
    return () => room.unregisterByteStreamHandler(topic);
  }, [room, topic, latest]);
}

/** Lets others call a method while the component is there. For the rest as {@link useTextStream}. */
export function useRpcMethod(method: string, handler: RpcHandler, given?: Room): void {
  const room = useRoom(given);
  const latest = useLatest(handler);
  useEffect(() => {
    room.registerRpcMethod(method, (data) => latest.current(data));
    return () => room.unregisterRpcMethod(method);
  }, [room, method, latest]);
}
