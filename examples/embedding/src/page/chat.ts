import { type ChatMessage, type Room, RoomEvent } from '@balai/client';
import { element } from './page.ts';

const list = element('messages', HTMLElement);

/** Shows what is said in a room from now on. */
export function followChat(room: Room): void {
  room
    .on(RoomEvent.ChatMessage, (message) => list.append(lineOf(message)))
    .on(RoomEvent.ChatMessageUpdated, lineOf)
    .on(RoomEvent.ChatMessageDeleted, lineOf)
    .on(RoomEvent.Disconnected, () => list.replaceChildren());
}

/** Shows what was said before we came. */
export async function showChatHistory(room: Room): Promise<void> {
  const { messages } = await room.getChatHistory();
  list.prepend(...messages.map(lineOf));
}

/** The line of a message, as it is now; the same again where it is shown already. */
function lineOf({ messageId, name, text, file, deletedAt }: ChatMessage): HTMLElement {
  const line = document.getElementById(messageId) ?? document.createElement('li');
  line.id = messageId;
  line.textContent = `${name}: ${deletedAt ? '(deleted)' : (file?.name ?? text)}`;
  return line;
}
