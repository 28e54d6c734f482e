import { expect, test } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { ALL_GRANTS, Scene } from '../sessions/testing/scene.ts';
import { Texts } from './texts.ts';

test('a text goes to the others, or to some of them, once (SPEC 10.11)', async () => {
  const scene = new Scene();
  const texts = new Texts(scene.sessions, scene.hub.broadcast, systemClock);
  const ann = await scene.join('ann');
  const ben = await scene.join('ben');
  const cyd = await scene.join('cyd');
  const text = { topic: 'notes', text: 'hello', attributes: { mood: 'good' } };
  texts.send(ann.stay, { ...text, textId: 'one' });
  texts.send(ann.stay, { ...text, textId: 'one' });
  const destinationIdentities = ['ben', 'ben', 'nobody', 'ann'];
  texts.send(ann.stay, { topic: 'notes', text: 'psst', textId: 'two', destinationIdentities });
  const received = {
    participantId: ann.stay.participantId,
    identity: 'ann',
    topic: 'notes',
    sentAt: expect.stringMatching(/Z$/),
  };
  const first = { ...received, textId: 'one', text: 'hello', attributes: { mood: 'good' } };
  const second = { ...received, textId: 'two', text: 'psst', attributes: {} };
  expect(ben.client.all('textReceived')).toEqual([first, second]);
  expect(cyd.client.all('textReceived')).toEqual([first]);
  expect(ann.client.all('textReceived')).toEqual([]);
});

test('a text needs the grant at the moment of use (SPEC 10.2, 10.11)', async () => {
  const scene = new Scene();
  const texts = new Texts(scene.sessions, scene.hub.broadcast, systemClock);
  const { stay } = await scene.join('ann');
  const ben = await scene.join('ben');
  scene.sessions.setRole('hall', 'ann', 'participant', { ...ALL_GRANTS, data: false });
  expect(() => texts.send(stay, { textId: 'one', topic: '', text: 'hello' })).toThrow(
    expect.objectContaining({ code: 'forbidden' }),
  );
  expect(ben.client.all('textReceived')).toEqual([]);
});

test('a text needs the grant for its topic (SPEC 16.3)', async () => {
  const scene = new Scene();
  const texts = new Texts(scene.sessions, scene.hub.broadcast, systemClock);
  const grants = { ...ALL_GRANTS, data: ['notes'] };
  const { stay } = await scene.join('ann', scene.ticket('ann', 'hall', grants));
  const ben = await scene.join('ben');
  for (const topic of ['', 'secret']) {
    expect(() => texts.send(stay, { textId: topic, topic, text: 'hello' })).toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    );
  }
  texts.send(stay, { textId: 'one', topic: 'notes', text: 'hello' });
  expect(ben.client.all('textReceived')).toMatchObject([{ topic: 'notes' }]);
});
