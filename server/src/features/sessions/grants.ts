import { type Grants, TRACK_SOURCES } from '@balai/protocol';
import type { GrantLimits } from '../../kernel/route.ts';

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

/** What is left of grants within limits; all of them where there are none. */
export function limitGrants(grants: Grants, limits: GrantLimits | undefined): Grants {
  if (limits === undefined) {
    return grants;
  }
  const publish = { ...grants.publish };
  for (const source of TRACK_SOURCES) {
    publish[source] &&= limits.publish[source];
  }
  return {
    ...grants,
    publish,
    subscribe: grants.subscribe && limits.subscribe,
    data: commonData(grants.data, limits.data),
    updateSelf: grants.updateSelf && limits.updateSelf,
  };
}

function commonData(one: Grants['data'], other: Grants['data']): Grants['data'] {
  if (typeof one === 'boolean') {
    return one && other;
  }
  return typeof other === 'boolean' ? other && one : one.filter((topic) => other.includes(topic));
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
