import type { Grants, Joined, RoomChange } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeTransportInfo } from '../test/fakes/fake-device.ts';
import {
  cameraOf,
  joined,
  participant,
  type Script,
  ScriptedServer,
  wireError,
} from '../test/fakes/scripted-server.ts';
import { setUpRoom, subscriptionTo, withMedia } from '../test/room-bench.ts';

let server: ScriptedServer;
let url: string;
let tracks = 0;
const DATA = { reliable: { streamId: 1, ordered: true }, lossy: { streamId: 2, ordered: false } };

beforeEach(async () => {
  tracks = 0;
  server = new ScriptedServer();
  url = await server.listen();
});

afterEach(() => server.close());

/** In a room that looks like this, with word of what people say of themselves. */
async function enter(message: Joined) {
  server.welcome = (socket) => socket.emit('joined', message);
  const parts = setUpRoom(url, { reconnectPolicy: { nextRetryDelayInMs: () => 0 } });
  server.joinInfo = parts.joinInfo;
  const told: string[] = [];
  parts.room
    .on('participantNameChanged', (name, { identity }) => told.push(`${identity} is ${name}`))
    .on('participantMetadataChanged', (former, { identity, metadata }) =>
      told.push(`${identity}: "${former}" -> "${metadata}"`),
    )
    .on('participantAttributesChanged', (changed, { identity }) =>
      told.push(`${identity} ${JSON.stringify(changed)}`),
    )
    .on('participantRoleChanged', ({ identity, role }) => told.push(`${identity} is a ${role}`))
    .on('participantPermissionsChanged', (former, { identity, grants }) =>
      told.push(
        `${identity} may speak: ${former?.publish.microphone} -> ${grants?.publish.microphone}`,
      ),
    )
    .on('roomNameChanged', (name) => told.push(`room is ${name}`))
    .on('roomMetadataChanged', (metadata) => told.push(`room: ${metadata}`));
  await parts.connect();
  const change = (...changes: RoomChange[]) => server.say('changed', { changes });
  return { ...parts, told, change };
}

const ANN = {
  ...participant('ann'),
  metadata: 'in Rome',
  attributes: { colour: 'red', tea: 'yes' },
};
const { participantId } = ANN;

describe('what somebody says of themselves', () => {
  test('is there when the room is joined, and nothing is told', async () => {
    const { room, told } = await enter(
      joined({
        room: { ...joined().room, metadata: 'about tea' },
        self: { ...participant('me'), metadata: 'new' },
        participants: [ANN],
      }),
    );
    expect(room.metadata).toBe('about tea');
    expect(room.localParticipant.metadata).toBe('new');
    expect(room.remoteParticipants.get('ann')).toMatchObject({
      metadata: 'in Rome',
      attributes: { colour: 'red', tea: 'yes' },
      handRaisedAt: undefined,
    });
    expect(told).toEqual([]);
  });

  test('is told as it changes, with what it was and what is different', async () => {
    const { room, told, change } = await enter(joined({ participants: [ANN] }));
    change(
      { type: 'participantUpdated', participantId, metadata: 'in Oslo' },
      { type: 'participantUpdated', participantId, attributes: { colour: 'blue', cake: 'no' } },
      { type: 'participantUpdated', participantId, name: 'Anna' },
    );
    await expect.poll(() => told.length).toBe(3);
    expect(told).toEqual([
      'ann: "in Rome" -> "in Oslo"',
      'ann {"colour":"blue","tea":"","cake":"no"}',
      'ann is Anna',
    ]);
    const ann = room.remoteParticipants.get('ann');
    expect(ann).toMatchObject({ name: 'Anna', attributes: { colour: 'blue', cake: 'no' } });
  });

  test('is told at the participant too, without naming them', async () => {
    const { room, change } = await enter(joined({ participants: [ANN] }));
    const told: unknown[] = [];
    room.remoteParticipants
      .get('ann')
      ?.on('attributesChanged', (changed) => told.push(changed))
      .on('participantMetadataChanged', (former) => told.push(former));
    change({ type: 'participantUpdated', participantId, metadata: '', attributes: { tea: 'yes' } });
    await expect.poll(() => told).toEqual(['in Rome', { colour: '' }]);
  });

  test('that is told twice is told once', async () => {
    const { room, told, change } = await enter(joined({ participants: [ANN] }));
    const before = room.remoteParticipants.get('ann')?.attributes;
    change(
      { type: 'participantUpdated', participantId, metadata: 'in Rome', attributes: { ...before } },
      { type: 'participantUpdated', participantId, name: 'Last' },
    );
    await expect.poll(() => told).toEqual(['ann is Last']);
    expect(room.remoteParticipants.get('ann')?.attributes).toBe(before);
  });

  test('is found out after the room was joined anew', async () => {
    const { told } = await enter(joined({ graceMs: 0, participants: [ANN] }));
    const later = { ...ANN, metadata: 'in Bonn', role: 'moderator' as const };
    server.welcome = (socket) => socket.emit('joined', joined({ participants: [later] }));
    server.hangUp();
    await expect.poll(() => told).toEqual(['ann is a moderator', 'ann: "in Rome" -> "in Bonn"']);
  });

  test('of the room is told as well', async () => {
    const { room, told, change } = await enter(joined());
    change(
      { type: 'roomUpdated', room: { ...joined().room, isLocked: true } },
      { type: 'roomUpdated', room: { ...joined().room, name: 'Tea', metadata: 'green' } },
    );
    await expect.poll(() => told).toEqual(['room is Tea', 'room: green']);
    expect(room.name).toBe('Tea');
  });
});

describe('what we say of ourselves', () => {
  test('is asked of the server, and then so', async () => {
    server.script = { 'self.update': () => null };
    const { room, told } = await enter(
      joined({ self: { ...participant('me'), attributes: { tea: 'yes' } } }),
    );
    const { localParticipant } = room;
    await localParticipant.setMetadata('in Rome');
    await localParticipant.setAttributes({ tea: '', cake: 'no' });
    await localParticipant.setName('Myself');
    expect(server.paramsOf('self.update')).toEqual([
      { metadata: 'in Rome' },
      { attributes: { tea: '', cake: 'no' } },
      { name: 'Myself' },
    ]);
    expect(told).toEqual(['me: "" -> "in Rome"', 'me {"tea":"","cake":"no"}', 'me is Myself']);
    expect(localParticipant.attributes).toEqual({ cake: 'no' });
  });

  test('that the server refuses stays as it was', async () => {
    server.script = {
      'self.update': () => {
        throw wireError('forbidden');
      },
    };
    const { room, told } = await enter(joined());
    await expect(room.localParticipant.setName('Boss')).rejects.toMatchObject({
      name: 'ServerError',
      code: 'forbidden',
    });
    expect([room.localParticipant.name, ...told]).toEqual(['ME']);
  });

  test('needs a room', async () => {
    const { room } = setUpRoom(url);
    await expect(room.localParticipant.setMetadata('nowhere')).rejects.toMatchObject({
      code: 'not_connected',
    });
  });

  test('may be said of us by others', async () => {
    const { told, change } = await enter(joined());
    change({ type: 'participantUpdated', participantId: 'stay-of-me', metadata: 'seen' });
    await expect.poll(() => told).toEqual(['me: "" -> "seen"']);
  });
});

describe('what we may do', () => {
  const listening: Grants = {
    ...joined().grants,
    publish: { camera: false, microphone: false, screen_share: false, screen_share_audio: false },
  };
  const script = {
    'track.publish': () => {
      tracks += 1;
      return { trackId: `own-${tracks}` };
    },
  };

  test('changes with what we publish: what is not allowed any more ends at once', async () => {
    server.script = script;
    const { room, told, events, capture } = await enter(withMedia());
    await room.localParticipant.setMicrophoneEnabled(true);
    await room.localParticipant.setCameraEnabled(true);
    server.script = {
      'track.unpublish': () => {
        throw wireError('track_not_found');
      },
    };
    server.say('roleChanged', {
      role: 'participant',
      grants: { ...listening, publish: { ...listening.publish, camera: true } },
    });
    await expect.poll(() => events.at(-1)).toBe('own microphone off');
    expect(told).toEqual(['me may speak: true -> false']);
    expect(room.localParticipant.isCameraEnabled).toBe(true);
    expect(capture.live).toHaveLength(1);
  });

  test('is told after the role, and not when it is the same', async () => {
    const { told } = await enter(joined());
    server.say('roleChanged', { role: 'moderator', grants: joined().grants });
    server.say('roleChanged', { role: 'listener', grants: listening });
    await expect
      .poll(() => told)
      .toEqual(['me is a moderator', 'me is a listener', 'me may speak: true -> false']);
  });

  test('changes while the connection is lost', async () => {
    server.script = script;
    const { room, told, events } = await enter(withMedia({ graceMs: 0 }));
    await room.localParticipant.setMicrophoneEnabled(true);
    server.welcome = (socket) => socket.emit('joined', withMedia({ grants: listening }));
    server.hangUp();
    await expect.poll(() => events).toContain('own microphone off');
    expect(told).toEqual(['me may speak: true -> false']);
    expect(server.paramsOf('track.publish')).toHaveLength(1);
  });
});

describe('what we were not allowed when we came (SPEC 16.2, 16.4)', () => {
  const nothing: Grants = {
    ...joined().grants,
    publish: { camera: false, microphone: false, screen_share: false, screen_share_audio: false },
    subscribe: false,
    data: false,
  };
  const script: Script = {
    'transport.open': ({ direction }) => fakeTransportInfo(direction),
    'track.publish': () => ({ trackId: 'own' }),
  };

  test('to publish: a transport is opened with the first track, and once', async () => {
    server.script = script;
    const { room } = await enter(joined({ grants: nothing }));
    server.say('roleChanged', { role: 'participant', grants: joined().grants });
    await expect.poll(() => room.localParticipant.grants?.publish.camera).toBe(true);
    await expect.poll(() => server.paramsOf('transport.open')).toEqual([{ direction: 'receive' }]);
    await Promise.all([
      room.localParticipant.setCameraEnabled(true),
      room.localParticipant.setMicrophoneEnabled(true),
    ]);
    expect(server.paramsOf('track.publish')).toHaveLength(2);
    expect(server.paramsOf('transport.open').slice(1)).toEqual([{ direction: 'send' }]);
  });

  test('to receive: a transport is opened at once, and what is published flows', async () => {
    server.script = script;
    const { events } = await enter(
      joined({ grants: nothing, participants: [participant('ann', [cameraOf('ann')])] }),
    );
    server.say('roleChanged', { role: 'participant', grants: { ...nothing, subscribe: true } });
    await expect.poll(() => server.paramsOf('transport.open')).toEqual([{ direction: 'receive' }]);
    server.say('subscribed', { subscriptions: [subscriptionTo('camera-of-ann')] });
    await expect.poll(() => events.at(-1)).toBe('ann camera flows');
    await expect
      .poll(() => server.paramsOf('transport.connect'))
      .toMatchObject([{ transportId: 'receive' }]);
  });

  test('to receive data: who listens gets them from then on', async () => {
    server.script = { ...script, 'data.subscribe': () => DATA };
    const { room } = await enter(joined({ grants: nothing }));
    room.on('dataReceived', () => undefined);
    await new Promise(setImmediate);
    expect(server.paramsOf('data.subscribe')).toEqual([]);
    server.say('roleChanged', { role: 'participant', grants: { ...nothing, subscribe: true } });
    await expect.poll(() => server.paramsOf('data.subscribe')).toHaveLength(1);
  });

  test('to receive again: data, which nobody asks for while it is forbidden (SPEC 16.2)', async () => {
    server.script = { ...script, 'data.subscribe': () => DATA };
    const { room } = await enter(joined({ grants: nothing }));
    room.on('dataReceived', () => undefined);
    const grants = { ...nothing, subscribe: true };
    server.say('roleChanged', { role: 'participant', grants });
    await expect.poll(() => server.paramsOf('data.subscribe')).toHaveLength(1);
    server.say('roleChanged', { role: 'participant', grants: nothing });
    server.say('dataClosed', { direction: 'receive', reason: 'forbidden' });
    await expect.poll(() => room.localParticipant.grants?.subscribe).toBe(false);
    await new Promise(setImmediate);
    expect(server.paramsOf('data.subscribe')).toHaveLength(1);
    server.say('roleChanged', { role: 'participant', grants });
    await expect.poll(() => server.paramsOf('data.subscribe')).toHaveLength(2);
    expect(server.paramsOf('transport.open')).toHaveLength(1);
  });

  test('and a request that fails is made again by the next who needs it', async () => {
    let count = 0;
    server.script = {
      ...script,
      'transport.open': ({ direction }) => {
        count += 1;
        if (count === 1) throw wireError('media_unavailable', { retryable: true });
        return fakeTransportInfo(direction);
      },
    };
    const { room } = await enter(joined());
    const { localParticipant } = room;
    await expect(localParticipant.setCameraEnabled(true)).rejects.toMatchObject({
      code: 'media_unavailable',
    });
    expect((await localParticipant.setCameraEnabled(true))?.trackSid).toBe('own');
  });
});

describe('a track of ours', () => {
  async function publish() {
    server.script = {
      'track.publish': () => ({ trackId: 'own' }),
      'track.unpublish': () => {
        throw wireError('track_not_found');
      },
    };
    return await enter(withMedia());
  }

  test('that somebody muted is muted, and can be unmuted', async () => {
    const { room, events } = await publish();
    await room.localParticipant.setMicrophoneEnabled(true);
    server.say('trackModerated', { trackId: 'own', action: 'muted', by: 'ann' });
    await expect.poll(() => events.at(-1)).toBe('me microphone muted');
    expect(room.localParticipant.isMicrophoneEnabled).toBe(false);
    await room.localParticipant.setMicrophoneEnabled(true);
    expect(room.localParticipant.isMicrophoneEnabled).toBe(true);
  });

  test('that somebody ended is unpublished, and its device closed', async () => {
    const { room, events, capture } = await publish();
    await room.localParticipant.setCameraEnabled(true);
    server.say('trackModerated', { trackId: 'own', action: 'stopped', by: null });
    await expect.poll(() => events.at(-1)).toBe('own camera off');
    expect(capture.live).toEqual([]);
  });

  test('that is gone already is nobody’s business', async () => {
    const { events } = await publish();
    const before = events.length;
    server.say('trackModerated', { trackId: 'other', action: 'stopped', by: null });
    server.say('changed', {
      changes: [{ type: 'participantJoined', participant: participant('ann') }],
    });
    await expect.poll(() => events.slice(before)).toEqual(['ann came']);
  });
});
