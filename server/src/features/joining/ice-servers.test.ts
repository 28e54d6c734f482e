import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chooseIceServers } from './ice-servers.ts';

const servers = [{ urls: ['stun:stun.example.org:3478'] }];
const clock = () => 1_700_000_000_000;

describe('the ICE servers', () => {
  test('are those of the configuration where no TURN secret is shared', () => {
    expect(chooseIceServers({ servers, turn: undefined, clock }, 'me')).toEqual(servers);
  });

  test('carry credentials that coturn accepts for 24 hours (draft-uberti-behave-turn-rest-00)', () => {
    const turn = { urls: ['turn:turn.example.org:3478'], secret: 'north' };
    const [stun, relay] = chooseIceServers({ servers, turn, clock }, 'me');
    expect(stun).toEqual(servers[0]);
    expect(relay).toEqual({
      urls: turn.urls,
      username: '1700086400:me',
      credential: createHmac('sha1', 'north').update('1700086400:me').digest('base64'),
    });
  });

  test('outlive a room that ends soon by a minute, and no more', () => {
    const turn = { urls: ['turn:turn.example.org:3478'], secret: 'north' };
    const endsAt = clock() + 180_000;
    expect(chooseIceServers({ servers, turn, clock }, 'me', endsAt)[1]).toMatchObject({
      username: '1700000240:me',
    });
  });
});
