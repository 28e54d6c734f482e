import { join } from 'node:path';
import { AccessToken, RoomServiceClient, ServiceError } from '@balai/server-sdk';
import express from 'express';
import { findUser, signIn } from './users.js';

const { BALAI_URL, BALAI_API_KEY, BALAI_API_SECRET, PORT = '4000' } = process.env;
if (!BALAI_URL || !BALAI_API_KEY || !BALAI_API_SECRET) {
  throw new Error('.env must say BALAI_URL, BALAI_API_KEY and BALAI_API_SECRET');
}

const rooms = new RoomServiceClient(BALAI_URL, BALAI_API_KEY, BALAI_API_SECRET);
const app = express();
app.use(express.json());
app.use(express.static(join(import.meta.dirname, '../dist')));

app.post('/sign-in', (request, response) => {
  const session = signIn(request.body);
  if (session === undefined) {
    response.status(401).json({ error: 'Nobody has this name and password.' });
    return;
  }
  response.cookie('session', session, { httpOnly: true, sameSite: 'strict' }).json({});
});

app.post('/calls/:call/token', async (request, response) => {
  const { call } = request.params;
  const user = findUser(request.headers.cookie);
  if (!user) {
    response.status(401).json({ error: 'Sign in first.' });
    return;
  }
  if (!user.calls.includes(call)) {
    response.status(403).json({ error: 'You are not invited to this call.' });
    return;
  }
  const token = await new AccessToken(BALAI_API_KEY, BALAI_API_SECRET, {
    identity: user.id,
    name: user.name,
  })
    .addGrant({
      room: call,
      roomJoin: true,
      role: user.isLead ? 'moderator' : 'participant',
      create: { maxParticipants: 20, departureTimeoutS: 60 },
    })
    .toJwt();
  response.json({ url: BALAI_URL, token });
});

app.post('/calls/:call/people/:identity/remove', async (request, response) => {
  const { call, identity } = request.params;
  const user = findUser(request.headers.cookie);
  if (!user?.isLead || !user.calls.includes(call)) {
    response.status(403).json({ error: 'You do not lead this call.' });
    return;
  }
  await rooms.removeParticipant(call, identity);
  response.json({});
});

/** @type {import('express').ErrorRequestHandler} */
const answerFailure = (error, _request, response, _next) => {
  console.error(error);
  const isOfBalai = error instanceof ServiceError;
  response.status(isOfBalai ? 502 : (error.status ?? 500));
  response.json({ error: isOfBalai ? error.message : 'That did not work.' });
};
app.use(answerFailure);

app.listen(Number(PORT), (error) => {
  if (error) throw error;
  console.log(`The application is at http://localhost:${PORT}`);
});
