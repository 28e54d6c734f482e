import type { Grants } from '@balai/protocol';

/** The topic that the grant `data` has to name for the chat. */
export const CHAT_TOPIC = 'chat';
/** And the one for calls of one another's methods. */
export const CALL_TOPIC = 'rpc';

const NOTHING: Grants['publish'] = {
  camera: false,
  microphone: false,
  screen_share: false,
  screen_share_audio: false,
};

/** What grants come to: who is hidden can send nothing, by which the others would know of them. */
export function settleGrants(grants: Grants): Grants {
  return grants.hidden ? { ...grants, publish: NOTHING, data: false } : grants;
}

/** Whether any data can be sent with these grants, or data of this topic; `''` for data without one. */
export function maySendData({ data }: Grants, topic?: string): boolean {
  if (typeof data === 'boolean') {
    return data;
  }
  return topic === undefined ? data.length > 0 : data.includes(topic);
}

/** Whether anything can be sent with these grants: it takes a transport. */
export function maySend(grants: Grants): boolean {
  return maySendData(grants) || Object.values(grants.publish).includes(true);
}
