import { type DuplicateIdentityPolicy, LIMITS } from '@balai/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RoomTicket } from '../../kernel/route.ts';
import { type Actor, Scene } from './testing/scene.ts';

let scene: Scene;

beforeEach(() => {
  scene = new Scene();
});

function ticketOfAlice(parts: Partial<RoomTicket> = {}): RoomTicket {
  return { ...scene.ticket('alice'), projectId: 'p', userId: 'alice of p', ...parts };
}

async function joinTwice(policy: DuplicateIdentityPolicy): Promise<[Actor, Promise<Actor>]> {
  scene.facts.duplicateIdentity = policy;
  const first = await scene.join('alice', ticketOfAlice());
  return [first, scene.join('alice', ticketOfAlice())];
}

describe('an identity that comes twice (SPEC 16.9)', () => {
  test('takes the place of itself where the room replaces', async () => {
    const [first, second] = await joinTwice('replace');
    expect((await second).joined.self.identity).toBe('alice');
    expect(first.client.all('goodbye')).toEqual([{ reason: 'duplicate_identity' }]);
  });

  test('is refused where the room holds one of each', async () => {
    const [first, second] = await joinTwice('reject');
    await expect(second).rejects.toMatchObject({ code: 'identity_taken' });
    expect(first.client.all('goodbye')).toEqual([]);
    expect([...scene.seats.holders('hall')]).toEqual([['alice of p', first.stay.participantId]]);
  });

  test('is refused too where the other one is on another server', async () => {
    scene.facts.duplicateIdentity = 'reject';
    scene.seats.holders('hall').set('alice of p', 'elsewhere');
    await expect(scene.join('alice', ticketOfAlice())).rejects.toMatchObject({
      code: 'identity_taken',
    });
    expect([...scene.seats.holders('hall')]).toEqual([['alice of p', 'elsewhere']]);
  });

  test('comes in under a number where the room holds several', async () => {
    const [first, second] = await joinTwice('allow');
    const { joined, stay } = await second;
    expect(joined.self.identity).toBe('alice~2');
    expect(stay.ticket).toMatchObject({ userId: 'alice~2 of p', bearerId: 'alice of p' });
    const third = await scene.join('alice', ticketOfAlice());
    expect(third.joined.self.identity).toBe('alice~3');
    expect(first.client.all('goodbye')).toEqual([]);
    scene.sessions.end(stay, 'client_initiated');
    expect((await scene.join('alice', ticketOfAlice())).joined.self.identity).toBe('alice~2');
  });

  test('comes in beside itself on another server', async () => {
    scene.facts.duplicateIdentity = 'allow';
    scene.seats.holders('hall').set('alice of p', 'elsewhere').set('alice~2 of p', 'there');
    const { joined } = await scene.join('alice', ticketOfAlice());
    expect(joined.self.identity).toBe('alice~3');
  });

  test('has a number also where it is as long as it may be', async () => {
    scene.facts.duplicateIdentity = 'allow';
    const identity = 'x'.repeat(LIMITS.identity);
    await scene.join(identity, ticketOfAlice({ identity }));
    const { joined } = await scene.join(identity, ticketOfAlice({ identity }));
    expect(joined.self.identity).toBe(`${'x'.repeat(LIMITS.identity - 2)}~2`);
  });

  test('with a token of its second stay gets no number upon its number', async () => {
    const [, second] = await joinTwice('allow');
    const { ticket } = (await second).stay;
    const again = await scene.join('alice', ticket);
    expect(again.joined.self.identity).toBe('alice~3');
    expect(again.stay.ticket.bearerId).toBe('alice of p');
  });

  test.each(['reject', 'allow'] as const)(
    'takes the place of a stay that lost its socket, where the room would %s',
    async (policy) => {
      scene.facts.duplicateIdentity = policy;
      const client = scene.hub.connect();
      client.graceMs = 20_000;
      const capabilities = { codecs: [], headerExtensions: [] };
      const stay = await scene.sessions.join(client, ticketOfAlice(), capabilities);
      scene.sessions.suspend(stay);
      const { joined } = await scene.join('alice', ticketOfAlice());
      expect(joined.self.identity).toBe('alice');
      expect(client.all('goodbye')).toEqual([{ reason: 'duplicate_identity' }]);
    },
  );

  test('of this server itself is replaced whatever the room would', async () => {
    scene.facts.duplicateIdentity = 'reject';
    const first = await scene.join('ann');
    await scene.join('ann');
    expect(first.client.all('goodbye')).toEqual([{ reason: 'duplicate_identity' }]);
  });
});
