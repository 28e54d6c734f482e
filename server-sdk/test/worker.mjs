/**
 * An application's backend on an edge runtime: it signs a token, checks it, shows it to a server, and
 * leads the room. Key, secret, server and room are its arguments.
 */
import { AccessToken, RoomServiceClient, TokenVerifier } from './package/server-sdk/index.js';

// biome-ignore lint/style/noDefaultExport: the form that edge runtimes read
export default {
  async test(_controller, { ARGUMENTS: [apiKey, apiSecret, server, room] }) {
    const token = await new AccessToken(apiKey, apiSecret, { identity: 'älice' })
      .addGrant({ room, roomJoin: true })
      .toJwt();
    const { identity } = await new TokenVerifier(apiKey, apiSecret).verify(token);
    const answer = await fetch(`${server}/v1/join-info`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const rooms = new RoomServiceClient(server, apiKey, apiSecret);
    const { metadata } = await rooms.updateRoomMetadata(room, 'né');
    const failure = await rooms.getParticipant(room, identity).catch(({ code }) => code);
    console.log(JSON.stringify({ identity, status: answer.status, metadata, failure }));
  },
};
