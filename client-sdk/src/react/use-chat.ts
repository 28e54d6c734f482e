import type { ChatMessage } from '@balai/protocol';
import { useCallback, useEffect, useState } from 'react';
import type { SendChatMessageOptions } from '../chat.ts';
import type { Room } from '../room.ts';
import { useRoom } from './room-context.ts';

/** The chat of a room. */
export interface ChatState {
  /** Oldest first; what came since the component is there, and the pages that were read. */
  readonly messages: readonly ChatMessage[];
  /** Whether there may be older messages than those. */
  readonly hasOlder: boolean;
  /** As `room.sendChatMessage`. */
  readonly send: (text: string, options?: SendChatMessageOptions) => Promise<ChatMessage>;
  /** Reads the page of messages before those that are there. Nothing where there is none. */
  readonly readOlder: () => Promise<void>;
}

/** The room's chat: what is said from now on, and on request what was said before. */
export function useChat(given?: Room): ChatState {
  const room = useRoom(given);
  const [messages, setMessages] = useState<readonly ChatMessage[]>([]);
  /** Undefined before the newest page was read; null when all were. */
  const [before, setBefore] = useState<string | null | undefined>(undefined);

  useEffect(() => {
    setMessages([]);
    setBefore(undefined);
    const take = (message: ChatMessage) => setMessages((known) => merge(known, [message]));
    const replace = (message: ChatMessage) =>
      setMessages((known) =>
        known.map((one) => (one.messageId === message.messageId ? message : one)),
      );
    room.on('chatMessage', take);
    room.on('chatMessageUpdated', replace);
    room.on('chatMessageDeleted', replace);
    return () => {
      room.off('chatMessage', take);
      room.off('chatMessageUpdated', replace);
      room.off('chatMessageDeleted', replace);
    };
  }, [room]);

  const send = useCallback(
    (text: string, options?: SendChatMessageOptions) => room.sendChatMessage(text, options),
    [room],
  );
  const readOlder = useCallback(async () => {
    if (before === null) return;
    const page = await room.getChatHistory(before === undefined ? {} : { before });
    setMessages((known) => merge(page.messages, known));
    setBefore(page.before);
  }, [room, before]);
  return { messages, hasOlder: before !== null, send, readOlder };
}

/** One list without repetitions; of a message that is in both, the later state. */
function merge(
  older: readonly ChatMessage[],
  newer: readonly ChatMessage[],
): readonly ChatMessage[] {
  const later = new Map(newer.map((message) => [message.messageId, message]));
  const kept = older.map((message) => {
    const same = later.get(message.messageId);
    later.delete(message.messageId);
    return same ?? message;
  });
  return [...kept, ...later.values()];
}
