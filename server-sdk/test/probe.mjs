/**
 * An application's backend, as small as it gets: it signs a token, checks it, and shows it to a
 * server. Runs in every runtime; key, secret, server and room are its arguments.
 */
import { AccessToken, RoomServiceClient, TokenVerifier } from '@balai/server-sdk';

const [apiKey, apiSecret, server, room] = globalThis.Deno?.args ?? process.argv.slice(2);

const token = await new AccessToken(apiKey, apiSecret, {
  identity: 'älice',
  name: 'Alice 👋',
  attributes: { runtime: room },
})
  .addGrant({ room, roomJoin: true })
  .toJwt();
const { identity } = await new TokenVerifier(apiKey, apiSecret).verify(token);
const answer = await fetch(`${server}/v1/join-info`, {
  headers: { authorization: `Bearer ${token}` },
});
const rooms = new RoomServiceClient(server, apiKey, apiSecret);
const { metadata } = await rooms.updateRoomMetadata(room, 'né');
await rooms.sendData(room, new Uint8Array([1, 2, 3]));
const said = { identity, status: answer.status, metadata, answer: await answer.text() };
console.log(JSON.stringify(said));
