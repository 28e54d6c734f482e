import type { RoomChange, RoomId } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FAKE_RTP_PARAMETERS } from '../../features/sessions/testing/fake-media-plane.ts';
import { handshakeOf } from './testing/test-client.ts';
import {
  createTestSignalling,
  type Guest,
  type TestSignalling,
} from './testing/test-signalling.ts';

let server: TestSignalling;
let hall: RoomId;
let annex: RoomId;
let ann: Guest;

beforeAll(async () => {
  server = await createTestSignalling();
});
beforeEach(async () => {
  [hall, annex] = [await server.addRoom(), await server.addRoom()];
  ann = await server.enterAs(hall, 'participant');
});
afterAll(() => server.close());

const identityOf = ({ joined }: Guest) => joined.self.identity;

describe('moving somebody to another room', () => {
  test('gives them a token for it, and ends their stay (SPEC 18.2, 18.8)', async () => {
    await server.moves.moveParticipant(hall, identityOf(ann), annex, 'moved');
    const moved = await ann.client.next('moved');
    expect(moved).toMatchObject({ room: { id: annex, name: 'Hall' }, reason: 'moved' });
    expect(await ann.client.next('goodbye')).toEqual({ reason: 'moved' });
    const there = server.open(handshakeOf(moved.token));
    expect((await there.next('joined')).self).toMatchObject({ identity: identityOf(ann) });
  });

  test('is refused where they are not, and where there is no room to go to', async () => {
    const move = (userId: string, to: RoomId) =>
      server.moves.moveParticipant(hall, userId, to, 'moved');
    await expect(move(await server.addUser('Ben'), annex)).rejects.toThrow(
      expect.objectContaining({ code: 'not_found' }),
    );
    const over = await server.addRoom();
    await server.stores.owner.query(`UPDATE rooms SET status = 'ended' WHERE id = $1`, [over]);
    await expect(move(identityOf(ann), over)).rejects.toThrow(
      expect.objectContaining({ code: 'room_ended' }),
    );
    expect(ann.client.all('moved')).toEqual([]);
  });
});

describe('forwarding somebody to another room', () => {
  let ben: Guest;
  beforeEach(async () => {
    ben = await server.enterAs(annex, 'participant');
  });

  const changes = <T extends RoomChange['type']>(type: T) =>
    ben.client
      .all('changed')
      .flatMap((message) => message.changes)
      .filter((change): change is Extract<RoomChange, { type: T }> => change.type === type);

  async function heard<T extends RoomChange['type']>(type: T, count = 1) {
    await ben.client.until(() => changes(type).length >= count);
    return changes(type);
  }

  async function publish(source: 'camera' | 'screen_share'): Promise<string> {
    const { trackId } = await ann.client.request('track.publish', {
      clientTrackId: source,
      source,
      name: '',
      isMuted: false,
      width: 0,
      height: 0,
      rtpParameters: FAKE_RTP_PARAMETERS,
    });
    return trackId;
  }

  test('shows them there with what they publish, until they go (SPEC 18.9)', async () => {
    const camera = await publish('camera');
    await server.forwarding.forward(hall, identityOf(ann), annex);
    await server.forwarding.forward(hall, identityOf(ann), annex);
    const [joined] = await heard('participantJoined');
    const participantId = joined?.participant.participantId;
    expect(joined?.participant).toMatchObject({ identity: identityOf(ann), isForwarded: true });
    expect(participantId).not.toBe(ann.joined.self.participantId);
    const [published] = await heard('trackPublished');
    expect(published?.track).toMatchObject({ participantId, source: 'camera', isMuted: false });
    expect(published?.track.trackId).not.toBe(camera);

    await ann.client.request('track.setMuted', { trackId: camera, isMuted: true });
    const trackId = published?.track.trackId;
    expect(await heard('trackMuted')).toEqual([
      { type: 'trackMuted', participantId, trackId, isMuted: true },
    ]);
    await publish('screen_share');
    expect((await heard('trackPublished', 2))[1]?.track).toMatchObject({ source: 'screen_share' });
    await ann.client.request('track.unpublish', { trackId: camera });
    expect(await heard('trackUnpublished')).toMatchObject([{ participantId, trackId }]);
    const late = await server.enterAs(annex, 'participant');
    expect(late.joined.participants.map((one) => one.isForwarded)).toEqual([undefined, true]);

    ann.client.close();
    expect(await heard('participantLeft')).toMatchObject([{ participantId }]);
    await expect.poll(() => server.media.forwarded.size).toBe(0);
    expect(changes('participantJoined')).toHaveLength(2);
  });

  test('is stopped, and begun again (SPEC 18.9)', async () => {
    await publish('camera');
    await server.forwarding.forward(hall, identityOf(ann), annex);
    await heard('trackPublished');
    await server.forwarding.stop(hall, identityOf(ann), annex);
    await heard('participantLeft');
    await expect.poll(() => server.media.forwarded.size).toBe(0);
    await server.forwarding.forward(hall, identityOf(ann), annex);
    await heard('trackPublished', 2);
    await server.forwarding.stop(hall, identityOf(ann), annex);
  });
});
