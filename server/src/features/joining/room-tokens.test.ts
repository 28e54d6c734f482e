import { randomUUID } from 'node:crypto';
import { LIMITS } from '@balai/protocol';
import { generateKeyPair } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { ticketOf } from '../../kernel/room-ticket.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { givenData } from './grants-schema.ts';
import { GRANTS_OF_ROLE } from './role-grants.ts';
import { createRoomTokens, type RoomTokens } from './room-tokens.ts';

let tokens: RoomTokens;
beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA');
  tokens = createRoomTokens({ keyId: 'key', ...pair }, Date.now);
});

function ticket(parts: Partial<RoomTicket> = {}): RoomTicket {
  const grants = GRANTS_OF_ROLE.participant;
  const identity = randomUUID();
  const common = { roomId: randomUUID(), identity, name: 'Ann', sessionId: null, grants };
  return { ...ticketOf({ ...common, role: 'participant' }), ...parts };
}

async function renew(given: RoomTicket): Promise<{ token: string; renewed: RoomTicket }> {
  const { token } = await tokens.issue(given);
  return { token, renewed: await tokens.verify(token) };
}

describe('a renewed token', () => {
  test.each([
    ['of an own account', {}],
    ['of a person of an application', { projectId: randomUUID(), userId: randomUUID() }],
  ])('%s keeps what they say of themselves', async (_whose, parts) => {
    const seen = { metadata: '{"team":"blue"}', attributes: { seat: '4' } };
    const given = ticket({ ...parts, ...seen });
    const { renewed } = await renew(given);
    expect(renewed).toMatchObject({ ...parts, ...seen, identity: given.identity });
  });

  test.each(['t-1', null])('is as old as the first one, whose id is %s', async (tokenId) => {
    const first = { tokenId, issuedAt: Date.now() - 3_600_000 };
    const { renewed } = await renew(ticket(first));
    expect(renewed).toMatchObject(first);
    expect((await renew(renewed)).renewed).toMatchObject(first);
  });

  test('leaves out what would make it too long, and no more', async () => {
    const long = 'x'.repeat(LIMITS.metadataBytes);
    const short = { seat: '4' };
    const both = await renew(ticket({ metadata: long, attributes: { long } }));
    expect(both.renewed).toMatchObject({ metadata: '', attributes: {} });
    const first = await renew(ticket({ metadata: long, attributes: short }));
    expect(first.renewed).toMatchObject({ metadata: '', attributes: short });
    const second = await renew(ticket({ metadata: 'm', attributes: { long } }));
    expect(second.renewed).toMatchObject({ metadata: 'm', attributes: {} });
    for (const { token } of [both, first, second]) {
      expect(token.length).toBeLessThanOrEqual(LIMITS.roomToken);
    }
  });

  test('is not too long with the longest of everything that is let in', async () => {
    const topics = Array.from({ length: 30 }, (_, index) => `${index}${'t'.repeat(95)}`);
    expect(givenData.safeParse(topics).success).toBe(true);
    expect(givenData.safeParse([...topics, ...topics]).success).toBe(false);
    const { token, renewed } = await renew(
      ticket({
        projectId: randomUUID(),
        userId: randomUUID(),
        bearerId: randomUUID(),
        identity: '\u{20AC}'.repeat(LIMITS.identity),
        name: '\u{20AC}'.repeat(LIMITS.displayName),
        tokenId: '\u0001'.repeat(LIMITS.identity),
        sessionId: randomUUID(),
        grants: { ...GRANTS_OF_ROLE.participant, data: topics },
        isExpected: true,
        metadata: 'x'.repeat(LIMITS.metadataBytes),
      }),
    );
    expect(token.length).toBeLessThanOrEqual(LIMITS.roomToken);
    expect(renewed.grants.data).toEqual(topics);
  });
});
