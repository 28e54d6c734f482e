import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { ALL_GRANTS, Scene } from './testing/scene.ts';

let scene: Scene;

beforeEach(() => {
  scene = new Scene();
});

function code(expected: string) {
  return expect.objectContaining({ code: expected });
}

describe('joining', () => {
  test('joined is the first message and holds transports, self and everybody else (SPEC 1.3)', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    expect(ben.client.received[0]?.event).toBe('joined');
    expect(ben.joined.self).toMatchObject({ identity: 'ben', name: 'Name of ben', tracks: [] });
    expect(ben.joined.participants).toEqual([ann.joined.self]);
    expect(ben.joined.sendTransport).not.toBeNull();
    expect(ben.joined.receiveTransport).not.toBeNull();
  });

  test('without grants to send or to receive there is no transport for it', async () => {
    const grants = {
      ...ALL_GRANTS,
      publish: { camera: false, microphone: false, screen_share: false, screen_share_audio: false },
      subscribe: false,
      data: false,
    };
    const { joined } = await scene.join('ann', scene.ticket('ann', 'hall', grants));
    expect(joined).toMatchObject({ sendTransport: null, receiveTransport: null });
  });

  test.each([
    ['ended', 'room_ended'],
    ['cancelled', 'room_ended'],
  ] as const)('a room that is %s is answered %s', async (status, expected) => {
    scene.facts.status = status;
    await expect(scene.join('ann')).rejects.toEqual(code(expected));
  });

  test('a room that does not exist is answered room_not_found', async () => {
    await expect(scene.join('ann', scene.ticket('ann', 'nowhere'))).rejects.toEqual(
      code('room_not_found'),
    );
  });

  test('a refused client took no seat, and nobody has heard of it (SPEC 1.4)', async () => {
    const ann = await scene.join('ann');
    scene.media.failNext('join', new AppError('media_unavailable'));
    await expect(scene.join('ben')).rejects.toEqual(code('media_unavailable'));
    expect([...scene.seats.holders('hall').keys()]).toEqual(['ann']);
    expect(scene.media.participantIds).toEqual([ann.stay.participantId]);
    const carl = await scene.join('carl');
    await ann.client.until((client) => client.changes().length > 0);
    expect(ann.client.changes()).toEqual([
      { type: 'participantJoined', participant: carl.joined.self },
    ]);
    expect(scene.attendance.lines).toEqual(['ann joined', 'carl joined']);
  });

  test('while Redis is away a join is answered unavailable and the room goes on', async () => {
    const ann = await scene.join('ann');
    scene.seats.isAway = true;
    await expect(scene.join('ben')).rejects.toEqual(code('unavailable'));
    expect(ann.stay.isOver).toBe(false);
    scene.seats.isAway = false;
    await scene.join('ben');
  });

  test('a client that goes away while it joins leaves nothing behind', async () => {
    const proceed = scene.media.hold('join');
    const client = scene.hub.connect();
    const joining = scene.sessions.join(client, scene.ticket('ann'), {
      codecs: [],
      headerExtensions: [],
    });
    client.close();
    proceed();
    await expect(joining).rejects.toEqual(code('conflict'));
    expect(scene.seats.holders('hall').size).toBe(0);
    expect(scene.media.participantIds).toEqual([]);
  });

  test('one token cannot join over and over (SPEC 1.8)', async () => {
    const fates = await Promise.allSettled(Array.from({ length: 50 }, () => scene.join('ann')));
    const refused = fates.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(47);
    for (const fate of refused) {
      expect(fate).toMatchObject({ reason: { code: 'rate_limited', retryAfterMs: 1_000 } });
    }
    expect(scene.sessions.findStay('hall', 'ann')?.isOver).toBe(false);
    expect(scene.media.commands.filter(({ command }) => command === 'join').length).toBe(3);

    for (let join = 0; join < 17; join += 1) {
      await scene.join('ann');
    }
    await expect(scene.join('ann')).rejects.toEqual(code('rate_limited'));
    await scene.join('ben');
  });
});

describe('a second stay of the same identity (SPEC 1.6)', () => {
  test('ends the first with goodbye and takes its seat in a full room', async () => {
    scene.facts.maxUsers = 2;
    const ben = await scene.join('ben');
    const first = await scene.join('ann');
    await expect(scene.join('carl')).rejects.toEqual(code('room_full'));
    const second = await scene.join('ann');
    expect(first.client.received.at(-1)).toEqual({
      event: 'goodbye',
      message: { reason: 'duplicate_identity' },
    });
    expect(first.client.isOpen).toBe(false);
    expect(second.joined.participants).toEqual([ben.joined.self]);
    await ben.client.until((client) => client.changes().length >= 3);
    expect(ben.client.changes()).toEqual([
      { type: 'participantJoined', participant: first.joined.self },
      {
        type: 'participantLeft',
        participantId: first.stay.participantId,
        reason: 'duplicate_identity',
      },
      { type: 'participantJoined', participant: second.joined.self },
    ]);
    expect(scene.seats.holders('hall').get('ann')).toBe(second.stay.participantId);
  });

  test('that is refused leaves the first in its seat', async () => {
    const first = await scene.join('ann');
    scene.media.failNext('join', new AppError('media_unavailable'));
    await expect(scene.join('ann')).rejects.toEqual(code('media_unavailable'));
    expect(first.stay.isOver).toBe(false);
    expect(scene.seats.holders('hall').get('ann')).toBe(first.stay.participantId);
  });

  test('in another process ends the first with its next heartbeat', async () => {
    scene = new Scene({ heartbeatMs: 5 });
    const ann = await scene.join('ann');
    scene.seats.holders('hall').set('ann', 'a stay elsewhere');
    await ann.client.until((client) => !client.isOpen || client.all('goodbye').length > 0);
    expect(ann.client.all('goodbye')).toEqual([{ reason: 'duplicate_identity' }]);
    expect(scene.seats.holders('hall').get('ann')).toBe('a stay elsewhere');
  });
});

describe('changes', () => {
  test('a client gets none about itself (SPEC 4.2)', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    await ann.client.until((client) => client.changes().length > 0);
    expect(ann.client.changes()).toEqual([
      { type: 'participantJoined', participant: ben.joined.self },
    ]);
    expect(ben.client.changes()).toEqual([]);
  });

  test('joined and all changes together are the room, for all of 30 who join at once (SPEC 4.1)', async () => {
    scene.facts.maxUsers = 100;
    const names = Array.from({ length: 30 }, (_, index) => `person-${index}`);
    const actors = await Promise.all(names.map((name) => scene.join(name)));
    await Promise.all(
      actors.map(({ client, joined }) =>
        client.until(() => joined.participants.length + client.changes().length >= 29),
      ),
    );
    for (const { client, joined } of actors) {
      const known = [
        joined.self,
        ...joined.participants,
        ...client
          .changes()
          .flatMap((change) => (change.type === 'participantJoined' ? [change.participant] : [])),
      ].map(({ identity }) => identity);
      expect(known.toSorted()).toEqual(names.toSorted());
    }
  });

  test('that happen together are encoded once for everybody they are not about', async () => {
    scene.facts.maxUsers = 100;
    const audience = await scene.join('audience');
    const actors = await Promise.all(
      Array.from({ length: 20 }, (_, index) => scene.join(`person-${index}`)),
    );
    await audience.client.until((client) => client.changes().length >= 20);
    const broadcastsBefore = scene.hub.broadcasts;
    for (const { stay } of actors) {
      scene.sessions.end(stay, 'client_initiated');
    }
    await audience.client.until((client) => client.changes().length >= 40);
    expect(scene.hub.broadcasts - broadcastsBefore).toBe(1);
  });
});

describe('leaving', () => {
  test('frees media and seat, and the others hear why (SPEC 4.4)', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    scene.sessions.end(ben.stay, 'signal_close');
    scene.sessions.end(ben.stay, 'internal');
    await ann.client.until((client) => client.changes().length >= 2);
    expect(ann.client.changes()[1]).toEqual({
      type: 'participantLeft',
      participantId: ben.stay.participantId,
      reason: 'signal_close',
    });
    await scene.sessions.drain();
    expect(scene.media.participantIds).toEqual([]);
    expect(scene.seats.holders('hall').size).toBe(0);
  });

  test('is written down after joining, however slow the database is', async () => {
    const ann = await scene.join('ann');
    scene.sessions.end(ann.stay, 'client_initiated');
    await scene.join('ann');
    await scene.sessions.drain();
    expect(scene.attendance.lines).toEqual(['ann joined', 'ann left', 'ann joined', 'ann left']);
  });

  test('makes requests that still wait fail', async () => {
    const ann = await scene.join('ann');
    const proceed = scene.media.hold('connectTransport');
    const first = ann.stay.run(() => scene.media.connectTransport(ann.stay.participantId, 'none'));
    const second = ann.stay.run(() => scene.media.connectTransport(ann.stay.participantId, 'none'));
    await nextTurn();
    scene.sessions.end(ann.stay, 'client_initiated');
    proceed();
    await expect(first).rejects.toEqual(code('transport_not_found'));
    await expect(second).rejects.toEqual(code('conflict'));
    await scene.sessions.drain();
    expect(scene.media.participantIds).toEqual([]);
  });
});

describe('closing', () => {
  test('a room says goodbye room_closed to everybody and refuses who is just joining', async () => {
    const ann = await scene.join('ann');
    const proceed = scene.media.hold('join');
    const joining = scene.join('ben');
    await nextTurn();
    scene.sessions.closeRoom('hall');
    proceed();
    await expect(joining).rejects.toEqual(code('room_ended'));
    expect(ann.client.received.at(-1)).toEqual({
      event: 'goodbye',
      message: { reason: 'room_closed' },
    });
    await scene.sessions.drain();
    expect(scene.seats.holders('hall').size).toBe(0);
    expect(scene.media.participantIds).toEqual([]);
  });

  test('a room whose worker died says goodbye media_failure, and the next join works', async () => {
    const ann = await scene.join('ann');
    const elsewhere = await scene.join('ann', scene.ticket('ann', 'other'));
    scene.media.loseRoom('hall');
    expect(ann.client.all('goodbye')).toMatchObject([
      { reason: 'media_failure', error: { code: 'media_unavailable', retryable: true } },
    ]);
    expect(elsewhere.stay.isOver).toBe(false);
    const again = await scene.join('ann');
    expect(again.joined.participants).toEqual([]);
    expect(scene.seats.holders('hall').get('ann')).toBe(again.stay.participantId);
  });

  test('who was on a worker that died says goodbye media_failure, and the others stay', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    const cid = await scene.join('cid');
    scene.media.loseMedia('hall', [ann.stay.participantId, cid.stay.participantId]);
    for (const { client, stay } of [ann, cid]) {
      expect(client.all('goodbye')).toMatchObject([
        { reason: 'media_failure', error: { code: 'media_unavailable', retryable: true } },
      ]);
      expect(stay.isOver).toBe(true);
    }
    expect(ben.stay.isOver).toBe(false);
    expect(ben.client.all('goodbye')).toEqual([]);
    const again = await scene.join('ann');
    expect(again.joined.participants).toMatchObject([{ identity: 'ben' }]);
  });

  test('a join whose media is lost before it is done fails, and the others stay', async () => {
    const ben = await scene.join('ben');
    const proceed = scene.negotiations.hold();
    const joining = scene.join('ann');
    await expect.poll(() => scene.media.participantIds).toHaveLength(2);
    const [, participantId = ''] = scene.media.participantIds;
    scene.media.loseMedia('hall', [participantId]);
    proceed();
    await expect(joining).rejects.toEqual(code('media_unavailable'));
    expect(ben.stay.isOver).toBe(false);
    expect([...scene.seats.holders('hall').keys()]).toEqual(['ben']);
  });

  test('the server says goodbye server_shutdown and lets nobody in', async () => {
    const ann = await scene.join('ann');
    const proceed = scene.media.hold('join');
    const joining = scene.join('ben');
    await nextTurn();
    const drained = scene.sessions.drain();
    proceed();
    await expect(joining).rejects.toEqual(code('shutting_down'));
    await expect(scene.join('carl')).rejects.toEqual(code('shutting_down'));
    await drained;
    expect(ann.client.all('goodbye')).toMatchObject([{ reason: 'server_shutdown' }]);
    expect(scene.media.participantIds).toEqual([]);
    expect(scene.seats.holders('hall').size).toBe(0);
  });
});
