/**
 * An application's backend, as small as it gets: it signs a token, checks it, and shows it to a
 * server. Runs in every runtime; the URL of the SDK, key, secret and server are its arguments.
 */
const [sdk, apiKey, apiSecret, server, room] = globalThis.Deno?.args ?? process.argv.slice(2);
const { AccessToken, TokenVerifier } = await import(sdk);

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
console.log(JSON.stringify({ identity, status: answer.status, answer: await answer.text() }));
