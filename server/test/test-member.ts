import type { ErrorAnswer, JoinAnswer, Joined } from '@balai/protocol';
import { handshakeOf, TestClient } from '../src/edge/signalling/testing/test-client.ts';
import type { TestApi } from './test-api.ts';

/** Somebody who is in a room, by the same way as everybody: REST, then the socket. */
export interface Member {
  readonly client: TestClient;
  readonly joined: Joined;
  readonly identity: string;
  /** For the REST API. */
  readonly roomToken: string;
}

/** Lets somebody in: a user by their access token, or a guest. @throws Error with the code. */
export async function enterRoom(
  api: TestApi,
  roomId: string,
  accessToken?: string,
): Promise<Member> {
  const answer = await api.request<JoinAnswer & ErrorAnswer>(`/v1/rooms/${roomId}/join`, {
    body: accessToken === undefined ? { name: 'Guest' } : {},
    ...(accessToken === undefined ? {} : { token: accessToken }),
  });
  if (answer.status !== 200) {
    throw new Error(answer.body.error.code);
  }
  const { token: roomToken, identity } = answer.body;
  const client = new TestClient(api.url, handshakeOf(roomToken));
  await client.until(
    ({ received, socket }) => received.length > 0 || (!socket.connected && !socket.active),
  );
  const [refusal] = client.all('refused');
  if (refusal !== undefined) {
    throw new Error(refusal.code);
  }
  return { client, joined: await client.next('joined'), identity, roomToken };
}
