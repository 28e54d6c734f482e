import type { ErrorAnswer, JoinAnswer, Room } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';

let api: TestApi;
let hostToken: string;
beforeAll(async () => {
  api = await startTestApi();
  hostToken = (await api.signUp()).accessToken;
});
afterAll(() => api.close());

/** The same UUID, written in another of its many ways for each number. */
function respell(roomId: string, number: number): string {
  let letter = 0;
  return roomId.replace(/[a-f]/g, (digit) => {
    const isUpper = (number >> letter) % 2 === 1;
    letter += 1;
    return isUpper ? digit.toUpperCase() : digit;
  });
}

describe('a room whose id is written in upper case', () => {
  const upperCase = (room: Room) => room.id.toUpperCase();

  test('is the same room to tokens and seats', async () => {
    const room = await api.createRoom(hostToken);
    const asked: string[] = [];
    api.world.hasSeat = (roomId) => {
      asked.push(roomId);
      return true;
    };
    const { body } = await api.request<JoinAnswer>(`/v1/rooms/${upperCase(room)}/join`, {
      body: { name: 'Ratna' },
    });
    expect((await api.roomTokens.verify(body.token)).roomId).toBe(room.id);
    expect(asked).toEqual([room.id]);
  });

  test('gives nobody more guesses at its password', async () => {
    const room = await api.createRoom(hostToken, { password: 'open sesame' });
    const codes = new Map<string, number>();
    for (let attempt = 0; attempt < 52; attempt += 1) {
      const { body } = await api.request<ErrorAnswer>(
        `/v1/rooms/${respell(room.id, attempt)}/join`,
        { body: { name: 'R', password: `guess ${attempt}` } },
      );
      codes.set(body.error.code, (codes.get(body.error.code) ?? 0) + 1);
    }
    expect([...codes]).toEqual([
      ['wrong_room_password', 50],
      ['rate_limited', 2],
    ]);
  });

  test('ends for everybody who is in it', async () => {
    const room = await api.createRoom(hostToken);
    await api.request(`/v1/rooms/${upperCase(room)}/end`, { method: 'POST', token: hostToken });
    expect(api.closedRooms).toContain(room.id);
  });
});
