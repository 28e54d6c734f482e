import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { DataPeer, sentFrame } from '../../../test/rtc/data-peer.ts';
import { expectCode } from './expectations.contract.ts';
import { LONG_ENOUGH, type PlaneScene } from './plane-scene.contract.ts';

/** What a participant may do becomes more, or less. */
export function describeChanging(scene: PlaneScene): void {
  const peers: DataPeer[] = [];

  afterEach(() => {
    for (const peer of peers.splice(0)) peer.close();
  });

  describe('openTransport', () => {
    test('gives somebody without any what it takes to send and to receive', async () => {
      const ada = await scene.meeting.attend();
      const microphone = await scene.meeting.publish(ada, 'audio');
      const { participantId, joined } = await scene.meeting.join({
        canPublish: false,
        canSubscribe: false,
      });
      const sendTransport = await scene.plane.openTransport(participantId, 'send');
      const receiveTransport = await scene.plane.openTransport(participantId, 'receive');
      expect(await scene.totalLoad()).toMatchObject({ transports: 4 });
      const client = await scene.meeting.connect(participantId, {
        ...joined,
        sendTransport,
        receiveTransport,
      });
      const ben = { participantId, joined, client };
      const [subscription] = await scene.meeting.receive(ben, [microphone]);
      expect(subscription?.trackId).toBe(microphone.trackId);
      const camera = await scene.meeting.publish(ben, 'video');
      expect(await scene.meeting.receive(ada, [camera])).toHaveLength(1);
    });

    test('answers what is there', async () => {
      const { participantId, joined } = await scene.meeting.join({ canPublish: false });
      const receive = await scene.plane.openTransport(participantId, 'receive');
      expect(receive.transportId).toBe(joined.receiveTransport?.transportId);
      const send = await scene.plane.openTransport(participantId, 'send');
      expect((await scene.plane.openTransport(participantId, 'send')).transportId).toBe(
        send.transportId,
      );
      expect(await scene.totalLoad()).toMatchObject({ transports: 2 });
      await scene.plane.leave(participantId);
      expect(await scene.totalLoad()).toMatchObject({ transports: 0 });
    });

    test('is nothing for who is not there', async () => {
      await expectCode(scene.plane.openTransport(randomUUID(), 'send'), 'media_unavailable');
    });
  });

  describe('unsubscribe', () => {
    test('ends the subscriptions to these tracks, which may come again', async () => {
      const ada = await scene.meeting.attend();
      const [first, second] = [
        await scene.meeting.publish(ada, 'audio'),
        await scene.meeting.publish(ada, 'video'),
      ];
      const ben = await scene.meeting.attend();
      const [audio, video] = await scene.meeting.receive(ben, [first, second]);
      const ended = await scene.plane.unsubscribe(ben.participantId, [first.trackId, randomUUID()]);
      expect(ended).toEqual([audio?.subscriptionId]);
      expect(await scene.totalLoad()).toMatchObject({ consumers: 1 });
      // What ended is passed over, as what its publisher ended.
      await scene.plane.startSubscriptions(ben.participantId, [audio?.subscriptionId ?? '']);
      const [again] = await scene.plane.subscribe(ben.participantId, [first.trackId]);
      expect(again?.subscriptionId).not.toBe(audio?.subscriptionId);
      const all = await scene.plane.unsubscribe(ben.participantId, 'all');
      expect(new Set(all)).toEqual(new Set([again?.subscriptionId, video?.subscriptionId]));
      expect(await scene.plane.unsubscribe(ben.participantId, 'all')).toEqual([]);
      expect(await scene.totalLoad()).toMatchObject({ consumers: 0 });
    });

    test('needs a transport', async () => {
      const { participantId } = await scene.meeting.join({ canSubscribe: false });
      await expectCode(scene.plane.unsubscribe(participantId, 'all'), 'transport_not_found');
    });
  });

  describe('data', () => {
    async function meet(): Promise<{ readonly ada: DataPeer; readonly ben: DataPeer }> {
      const people = await Promise.all([scene.meeting.join(), scene.meeting.join()]);
      const [ada, ben] = people.map(({ participantId }) => {
        const peer = new DataPeer(scene.plane, participantId);
        peers.push(peer);
        return peer;
      }) as [DataPeer, DataPeer];
      await ben.openReceiver(people[1]?.joined.receiveTransport ?? null);
      await ada.openSender(people[0]?.joined.sendTransport ?? null);
      return { ada, ben };
    }

    const topicsOf = ({ received }: DataPeer) => received.map(({ topic }) => topic);

    test('that is limited passes by its topic, until it is not (SPEC 16.3)', async () => {
      const { ada, ben } = await meet();
      await scene.plane.limitData(ada.participantId, ['cursor']);
      ada.send('reliable', sentFrame('1', { topic: 'secret' }));
      ada.send('reliable', sentFrame('2', { topic: 'cursor' }));
      await scene.plane.flushData(ada.participantId, 2);
      await scene.plane.limitData(ada.participantId, 'all');
      ada.send('reliable', sentFrame('3', { topic: 'secret' }));
      await ben.until(({ received }) => received.length === 2);
      expect(topicsOf(ben)).toEqual(['cursor', 'secret']);
    });

    test('does not reach whom it is stopped for, until they ask for it again', async () => {
      const { ada, ben } = await meet();
      ada.send('reliable', sentFrame('1', { topic: 'first' }));
      await ben.until(({ received }) => received.length === 1);
      await scene.plane.stopData(ben.participantId);
      await scene.plane.stopData(ben.participantId);
      for (let index = 0; index < LONG_ENOUGH; index += 1) {
        ada.send('reliable', sentFrame('2', { topic: 'between' }));
      }
      await scene.plane.flushData(ada.participantId, 1 + LONG_ENOUGH);
      const again = await scene.plane.receiveData(ben.participantId);
      expect(again.reliable.streamId).toBeTypeOf('number');
      expect(topicsOf(ben)).toEqual(['first']);
    });
  });
}
