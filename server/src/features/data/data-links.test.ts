import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Actor, ALL_GRANTS, Scene } from '../sessions/testing/scene.ts';
import { DataLinks } from './data-links.ts';

let scene: Scene;
let links: DataLinks;

beforeEach(() => {
  scene = new Scene();
  links = new DataLinks(scene.media, scene.sessions, scene.logger);
});

function code(expected: string) {
  return expect.objectContaining({ code: expected });
}

async function joinWithout(grant: 'data' | 'subscribe'): Promise<Actor> {
  const grants = { ...ALL_GRANTS, [grant]: false };
  return await scene.join('ann', scene.ticket('ann', 'hall', grants));
}

describe('who sends data', () => {
  test('needs the grant at the moment of use (SPEC 10.1)', async () => {
    const { stay } = await joinWithout('data');
    await expect(links.open(stay, 'reliable', 0)).rejects.toEqual(code('forbidden'));
    stay.setRole('participant', ALL_GRANTS);
    await links.open(stay, 'reliable', 0);
    expect(scene.media.dataSenders.get(stay.participantId)).toEqual(new Set(['reliable']));
  });

  test('may have a transport for that alone', async () => {
    const mute = {
      camera: false,
      microphone: false,
      screen_share: false,
      screen_share_audio: false,
    };
    const ticket = (data: boolean) =>
      scene.ticket('ann', 'hall', { ...ALL_GRANTS, publish: mute, data });
    expect((await scene.join('ann', ticket(false))).joined.sendTransport).toBeNull();
    expect((await scene.join('ann', ticket(true))).joined.sendTransport).not.toBeNull();
  });

  test('sends nothing more once the grant is gone, and hears of it (SPEC 10.2)', async () => {
    const { stay, client } = await scene.join('ann');
    await links.open(stay, 'reliable', 0);
    await links.open(stay, 'lossy', 1);
    scene.sessions.setRole('hall', 'ann', 'participant', { ...ALL_GRANTS, moderate: true });
    scene.sessions.setRole('hall', 'ann', 'participant', { ...ALL_GRANTS, data: false });
    await client.until(() => client.all('dataClosed').length > 0);
    expect(client.all('dataClosed')).toEqual([{ direction: 'send', reason: 'forbidden' }]);
    expect(scene.media.dataSenders.has(stay.participantId)).toBe(false);
  });

  test('sends what has the topics that are granted, as these are at the moment (SPEC 16.3)', async () => {
    const grants = { ...ALL_GRANTS, data: ['cursor'] };
    const { stay, client } = await scene.join('ann', scene.ticket('ann', 'hall', grants));
    await links.open(stay, 'lossy', 0);
    expect(scene.media.topics.get(stay.participantId)).toEqual(['cursor']);
    scene.sessions.setGrants(stay, { ...ALL_GRANTS, data: ['cursor', 'notes'] });
    await vi.waitFor(() =>
      expect(scene.media.topics.get(stay.participantId)).toEqual(['cursor', 'notes']),
    );
    scene.sessions.setGrants(stay, ALL_GRANTS);
    await vi.waitFor(() => expect(scene.media.topics.get(stay.participantId)).toBe('all'));
    expect(client.all('dataClosed')).toEqual([]);
    scene.sessions.setGrants(stay, { ...ALL_GRANTS, data: [] });
    await client.until(() => client.all('dataClosed').length > 0);
    await expect(links.open(stay, 'lossy', 0)).rejects.toEqual(code('forbidden'));
  });

  test('against the rules again and again is sent out (SPEC 10.8)', async () => {
    const { stay, client } = await scene.join('ann');
    const fact = { participantId: stay.participantId, direction: 'send' } as const;
    for (let count = 0; count < 9; count += 1) {
      scene.media.events.emit('dataClosed', { ...fact, reason: 'failed' });
    }
    for (let count = 1; count <= 5; count += 1) {
      expect(stay.isOver).toBe(false);
      scene.media.events.emit('dataClosed', { ...fact, reason: 'protocol_violation' });
      expect(client.all('dataClosed')).toHaveLength(9 + count);
    }
    expect(stay.isOver).toBe(true);
    expect(client.all('goodbye')).toMatchObject([{ reason: 'protocol_violation' }]);
  });

  test('waits for a flush beside other requests, not before them', async () => {
    const { stay } = await scene.join('ann');
    const proceed = scene.media.hold('flushData');
    const flushed = links.flush(stay, 1);
    await links.open(stay, 'lossy', 1);
    proceed();
    await flushed;
  });
});

describe('who receives data', () => {
  test('may say so as they join, or later (SPEC 10.3)', async () => {
    const client = scene.hub.connect();
    const capabilities = { codecs: [], headerExtensions: [] };
    const stay = await scene.sessions.join(client, scene.ticket('ann'), capabilities, {
      receivesData: true,
    });
    const [joined] = client.all('joined');
    expect(joined?.dataReception).toEqual(await links.subscribe(stay));
    expect((await scene.join('ben')).joined.dataReception).toBeNull();
  });

  test('receives nothing more without the grant to receive, and hears of it (SPEC 16.2)', async () => {
    const { stay, client } = await scene.join('ann');
    await links.subscribe(stay);
    scene.sessions.setGrants(stay, { ...ALL_GRANTS, subscribe: false });
    await client.until(() => client.all('dataClosed').length > 0);
    expect(client.all('dataClosed')).toEqual([{ direction: 'receive', reason: 'forbidden' }]);
    expect(scene.media.commands.at(-1)).toMatchObject({ command: 'stopData' });
    await expect(links.subscribe(stay)).rejects.toEqual(code('forbidden'));
  });

  test('hears when it ends, unless they have gone', async () => {
    const ann = await scene.join('ann');
    const { participantId } = ann.stay;
    scene.media.events.emit('dataClosed', {
      participantId,
      direction: 'receive',
      reason: 'too_slow',
    });
    expect(ann.client.all('dataClosed')).toEqual([{ direction: 'receive', reason: 'too_slow' }]);
    scene.sessions.end(ann.stay, 'client_initiated');
    scene.media.events.emit('dataClosed', {
      participantId,
      direction: 'receive',
      reason: 'failed',
    });
    expect(ann.client.all('dataClosed')).toHaveLength(1);
  });
});

test('nothing is heard after the end', async () => {
  const ann = await scene.join('ann');
  await links.open(ann.stay, 'reliable', 0);
  links.close();
  const closing = vi.spyOn(scene.media, 'closeDataSender');
  scene.sessions.setRole('hall', 'ann', 'participant', { ...ALL_GRANTS, data: false });
  expect(closing).not.toHaveBeenCalled();
});
