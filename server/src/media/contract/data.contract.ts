import { randomUUID } from 'node:crypto';
import { type DataCloseReason, LIMITS } from '@balai/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { DataPeer, sentFrame } from '../../../test/rtc/data-peer.ts';
import type { AttendOptions } from '../../../test/rtc/meeting.ts';
import { expectCode } from './expectations.contract.ts';
import { type PlaneScene, WAIT } from './plane-scene.contract.ts';

/** Messages from participant to participant. */
export function describeData(scene: PlaneScene): void {
  const peers: DataPeer[] = [];

  afterEach(() => {
    for (const peer of peers.splice(0)) peer.close();
  });

  async function attend(
    does: { readonly sends?: boolean; readonly receives?: boolean },
    options: AttendOptions = {},
  ): Promise<DataPeer> {
    const { participantId, joined } = await scene.meeting.join(options);
    const peer = new DataPeer(scene.plane, participantId);
    peers.push(peer);
    if (does.sends) await peer.openSender(joined.sendTransport);
    if (does.receives) await peer.openReceiver(joined.receiveTransport);
    return peer;
  }

  function nextClosed(): Promise<{
    readonly participantId: string;
    readonly direction: string;
    readonly reason: DataCloseReason;
  }> {
    const { promise, resolve } = Promise.withResolvers<never>();
    scene.plane.events.on('dataClosed', (fact) => resolve(fact as never));
    return promise;
  }

  describe('data', () => {
    test('reaches everybody else in the room, with its sender and topic (SPEC 10.5, 10.6)', async () => {
      const ada = await attend({ sends: true, receives: true });
      const ben = await attend({ receives: true });
      const cyd = await attend({ receives: true });
      const stranger = await attend({ receives: true }, { roomId: randomUUID() });
      ada.send('reliable', sentFrame('hello', { topic: 'greeting' }));
      ada.send('lossy', sentFrame('now', { topic: 'clock' }));
      for (const peer of [ben, cyd]) {
        await peer.until(({ received }) => received.length === 2);
        const common = { type: 0, sender: ada.participantId };
        expect(peer.received.toSorted((one, other) => (one.topic < other.topic ? 1 : -1))).toEqual([
          { ...common, kind: 'reliable', topic: 'greeting', payload: Buffer.from('hello') },
          { ...common, kind: 'lossy', topic: 'clock', payload: Buffer.from('now') },
        ]);
      }
      await scene.plane.flushData(ada.participantId, 1);
      expect([...ada.received, ...stranger.received]).toEqual([]);
    });

    test('for some reaches these only, and never its sender (SPEC 10.6)', async () => {
      const ada = await attend({ sends: true, receives: true });
      const ben = await attend({ receives: true });
      const cyd = await attend({ receives: true });
      const destinations = [ben.participantId, ada.participantId, ben.participantId, randomUUID()];
      ada.send('reliable', sentFrame('for ben', { destinations }));
      ada.send('reliable', sentFrame('for nobody', { destinations: [randomUUID()] }));
      ada.send('reliable', sentFrame('for all'));
      await ben.until(({ received }) => received.length === 2);
      await cyd.until(({ received }) => received.length === 1);
      expect(ben.texts).toEqual(['for ben', 'for all']);
      expect(cyd.texts).toEqual(['for all']);
      expect(ada.texts).toEqual([]);
    });

    test('of nobody in the room reaches everybody, or those whom it is for (SPEC 10.18)', async () => {
      const ada = await attend({ sends: true, receives: true });
      const ben = await attend({ receives: true });
      const { roomId } = scene.meeting;
      const payload = Buffer.from('news');
      const data = { roomId, kind: 'reliable', topic: 'all', payload } as const;
      await scene.plane.sendData({ ...data, destinations: [] });
      const destinations = [ben.participantId, randomUUID()];
      await scene.plane.sendData({ ...data, topic: 'ben', destinations });
      await scene.plane.sendData({ ...data, topic: 'nobody', destinations: [randomUUID()] });
      await scene.plane.sendData({ ...data, topic: 'last', destinations: [] });
      await scene.plane.sendData({ ...data, roomId: randomUUID(), destinations: [] });
      await ada.until(({ received }) => received.length === 2);
      await ben.until(({ received }) => received.length === 3);
      expect(ada.received.map(({ topic }) => topic)).toEqual(['all', 'last']);
      expect(ben.received.map(({ topic }) => topic)).toEqual(['all', 'ben', 'last']);
      expect(ben.received[0]).toMatchObject({ type: 0, sender: '', payload });
    });

    test('that is reliable comes complete and in order, window by window (SPEC 10.7)', async () => {
      const ada = await attend({ sends: true });
      const ben = await attend({ receives: true });
      for (let index = 1; index <= 1_000; index += 1) {
        ada.send('reliable', sentFrame(`message ${index}`));
        if (index % 200 === 0) await scene.plane.flushData(ada.participantId, index);
      }
      await ben.until(({ received }) => received.length === 1_000);
      expect(ben.texts).toEqual(
        Array.from({ length: 1_000 }, (_, index) => `message ${index + 1}`),
      );
    });

    test('waits for a client that has asked for it and is not connected yet (SPEC 10.3)', async () => {
      const ada = await attend({ sends: true });
      const { participantId, joined } = await scene.meeting.join({ receivesData: true });
      expect(joined.dataReception).toEqual(await scene.plane.receiveData(participantId));
      ada.send('reliable', sentFrame('early'));
      await scene.plane.flushData(ada.participantId, 1);
      const ben = new DataPeer(scene.plane, participantId);
      peers.push(ben);
      await ben.openReceiver(joined.receiveTransport);
      await ben.until(({ received }) => received.length === 1);
      expect(ben.texts).toEqual(['early']);
    });

    test('of the largest size passes', async () => {
      const ada = await attend({ sends: true });
      const ben = await attend({ receives: true });
      const payload = Buffer.alloc(LIMITS.dataPayloadBytes, 'x');
      const topic = 'y'.repeat(LIMITS.dataTopicBytes);
      const destinations = Array.from({ length: LIMITS.dataDestinations }, () => randomUUID());
      destinations[17] = ben.participantId as never;
      ada.send('reliable', sentFrame(payload, { topic, destinations }));
      await ben.until(({ received }) => received.length === 1);
      expect(ben.received[0]).toMatchObject({ topic, payload });
    });

    test.each<[string, Buffer[]]>([
      ['that is too large', [sentFrame(Buffer.alloc(LIMITS.dataPayloadBytes + 1))]],
      ['that is no frame', [Buffer.from([0, 200, 1])]],
      [
        'beyond the window',
        Array.from({ length: 5 }, () => sentFrame(Buffer.alloc(LIMITS.dataPayloadBytes))),
      ],
    ])('%s closes the sender, and nothing of it passes (SPEC 10.8)', async (_name, frames) => {
      const closed = nextClosed();
      const ada = await attend({ sends: true });
      const ben = await attend({ receives: true });
      for (const frame of frames) ada.send('reliable', frame);
      expect(await closed).toEqual({
        participantId: ada.participantId,
        direction: 'send',
        reason: 'protocol_violation',
      });
      await expectCode(scene.plane.flushData(ada.participantId, 1), 'conflict');
      expect(ben.received.length).toBeLessThan(frames.length);
      // A new sender is no new start.
      const again = scene.plane.openDataSender(ada.participantId, 'reliable', 0);
      await expect(again).rejects.toMatchObject({
        code: 'rate_limited',
        retryAfterMs: expect.any(Number),
      });
    });

    test('that is lossy and does not end is not only dropped (SPEC 10.8, 10.15)', async () => {
      const closed = nextClosed();
      const ada = await attend({ sends: true });
      const frame = sentFrame(Buffer.alloc(1_000));
      const timer = setInterval(() => {
        // What does not fit into the association is lost on this side.
        for (let count = 0; count < 20 && ada.isOpen; count += 1) ada.send('lossy', frame);
      }, 2);
      expect(await closed).toMatchObject({ direction: 'send', reason: 'protocol_violation' });
      clearInterval(timer);
    });

    test('of a sender that was closed does not pass, and its channels close', async () => {
      const ada = await attend({ sends: true });
      const ben = await attend({ receives: true });
      await scene.plane.closeDataSender(ada.participantId);
      await expectCode(scene.plane.flushData(ada.participantId, 0), 'conflict');
      await expect.poll(() => ada.isOpen, WAIT).toBe(false);
      await scene.plane.closeDataSender(ada.participantId);
      const eve = await attend({ sends: true });
      eve.send('reliable', sentFrame('allowed'));
      await ben.until(({ received }) => received.length === 1);
      expect(ben.texts).toEqual(['allowed']);
    });

    test('is opened once for each kind', async () => {
      const { participantId } = await attend({ sends: true });
      await scene.plane.openDataSender(participantId, 'reliable', 0);
      await expectCode(scene.plane.openDataSender(participantId, 'reliable', 5), 'conflict');
    });

    test('needs a transport of its direction', async () => {
      const watcher = await scene.meeting.join({ canPublish: false });
      const speaker = await scene.meeting.join({ canSubscribe: false, receivesData: true });
      expect(speaker.joined.dataReception).toBeNull();
      await expectCode(
        scene.plane.openDataSender(watcher.participantId, 'reliable', 0),
        'transport_not_found',
      );
      await expectCode(scene.plane.receiveData(speaker.participantId), 'transport_not_found');
    });

    test('beyond what the worker keeps for one receiver ends its reception at once (SPEC 10.9)', async () => {
      const closed = nextClosed();
      const { participantId } = await scene.meeting.join({ receivesData: true });
      const senders = await Promise.all(Array.from({ length: 24 }, () => attend({ sends: true })));
      const frame = sentFrame(Buffer.alloc(50_000));
      const sendAll = () => {
        for (const sender of senders) {
          for (let index = 0; index < 4; index += 1) sender.send('reliable', frame);
        }
      };
      sendAll();
      expect(await closed).toEqual({ participantId, direction: 'receive', reason: 'too_slow' });
      // Once may be the line's fault. Who does it again has to wait.
      await scene.plane.receiveData(participantId);
      await Promise.all(senders.map((sender) => scene.plane.flushData(sender.participantId, 4)));
      const closedAgain = nextClosed();
      sendAll();
      await closedAgain;
      await expect(scene.plane.receiveData(participantId)).rejects.toMatchObject({
        code: 'rate_limited',
        retryAfterMs: expect.any(Number),
      });
    });

    test('that nobody reads is given up in time, and others do not wait for it (SPEC 10.9)', async () => {
      const closed = nextClosed();
      const ada = await attend({ sends: true });
      const ben = await attend({ receives: true });
      // Asks for data and never connects: all that it is sent waits in the worker.
      const { participantId } = await scene.meeting.join({ receivesData: true });
      const frame = sentFrame(Buffer.alloc(50_000));
      let sent = 0;
      const flushes: string[] = [];
      const sendWindow = async () => {
        for (let index = 0; index < 4; index += 1) ada.send('reliable', frame);
        sent += 4;
        const flush = async (name: string) => {
          await scene.plane.flushData(ada.participantId, sent);
          flushes.push(name);
        };
        await Promise.all([
          flush('first'),
          // Asking twice is no way around those who are slow.
          ben.until(({ received }) => received.length === sent).then(() => flush('second')),
        ]);
      };
      const told = closed.then((fact) => {
        flushes.push('too slow');
        return fact;
      });
      await sendWindow();
      expect(await told).toEqual({ participantId, direction: 'receive', reason: 'too_slow' });
      expect(flushes).toEqual(['too slow', 'first', 'second']);
      await sendWindow();
      await ben.until(({ received }) => received.length === sent);
      // It may ask again, and gets what comes from then on.
      const { reliable } = await scene.plane.receiveData(participantId);
      expect(reliable.ordered).toBe(true);
    }, 20_000);
  });
}
