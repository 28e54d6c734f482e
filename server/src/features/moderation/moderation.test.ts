import { beforeEach, describe, expect, test } from 'vitest';
import { ModerationScene } from '../lobby/testing/moderation-scene.ts';
import type { Actor } from '../sessions/testing/scene.ts';

let scene: ModerationScene;
let host: Actor;
let moderator: Actor;
let ann: Actor;

beforeEach(async () => {
  scene = new ModerationScene();
  host = await scene.enter('host');
  moderator = await scene.enter('moderator');
  ann = await scene.enter('participant', 'ann');
});

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('muting', () => {
  test('holds the track back, tells its owner and the others, and its owner may unmute it (SPEC 14.2)', async () => {
    const trackId = await scene.publish(ann);
    await scene.moderation.mute(moderator.stay, trackId);
    expect(scene.media.muted).toEqual(new Set([trackId]));
    expect(ann.client.all('trackModerated')).toEqual([
      { trackId, action: 'muted', by: 'moderator' },
    ]);
    await host.client.until((client) =>
      client.changes().some((change) => change.type === 'trackMuted' && change.isMuted),
    );
    await scene.tracks.setMuted(ann.stay, trackId, false);
    expect(scene.media.muted).toEqual(new Set());
  });

  test('of what is muted tells nobody again', async () => {
    const trackId = await scene.publish(ann);
    await scene.moderation.mute(host.stay, trackId);
    await scene.moderation.mute(host.stay, trackId);
    expect(ann.client.all('trackModerated')).toHaveLength(1);
  });

  test('of all leaves out who asks, those who lead, cameras, and what is muted (SPEC 14.2)', async () => {
    const ben = await scene.enter('participant', 'ben');
    const [own, led, annTrack, benTrack] = await Promise.all([
      scene.publish(moderator),
      scene.publish(host),
      scene.publish(ann),
      scene.publish(ben),
    ]);
    await scene.publish(ann, 'camera');
    await scene.tracks.setMuted(ben.stay, benTrack, true);
    expect(await scene.moderation.muteAll(moderator.stay)).toBe(1);
    expect(scene.media.muted).toEqual(new Set([annTrack, benTrack]));
    expect(scene.media.muted.has(own) || scene.media.muted.has(led)).toBe(false);
    await expect(scene.moderation.muteAll(ann.stay)).rejects.toEqual(code('forbidden'));
  });

  test('of a track in another room finds none', async () => {
    const other = await scene.join('eve', scene.ticket('eve', 'attic'));
    const trackId = await scene.publish(other);
    await expect(scene.moderation.mute(host.stay, trackId)).rejects.toEqual(
      code('track_not_found'),
    );
  });
});

describe('asking to unmute', () => {
  test('tells who is asked, and opens nothing (SPEC 14.3)', async () => {
    const trackId = await scene.publish(ann);
    await scene.tracks.setMuted(ann.stay, trackId, true);
    scene.moderation.askToUnmute(host.stay, ann.stay.participantId, 'microphone');
    expect(ann.client.all('unmuteRequested')).toEqual([{ source: 'microphone', by: 'host' }]);
    expect(scene.media.muted).toEqual(new Set([trackId]));
  });

  test('is a conflict for who may not publish that', async () => {
    const { stay } = await scene.enter('listener');
    expect(() =>
      scene.moderation.askToUnmute(moderator.stay, stay.participantId, 'camera'),
    ).toThrow(code('conflict'));
  });
});

test('stopping ends the track, which its owner may publish anew (SPEC 14.4)', async () => {
  const trackId = await scene.publish(ann, 'screen_share');
  await scene.moderation.stopTrack(host.stay, trackId);
  expect(ann.client.all('trackModerated')).toEqual([{ trackId, action: 'stopped', by: 'host' }]);
  await host.client.until((client) =>
    client.changes().some(({ type }) => type === 'trackUnpublished'),
  );
  await scene.publish(ann, 'screen_share');
});

describe('sending out', () => {
  test('voids what they hold, then ends their stay with its reason (SPEC 14.5)', async () => {
    await scene.moderation.remove(moderator.stay, ann.stay.participantId);
    expect(scene.revoked).toEqual(['ann']);
    expect(ann.client.all('goodbye')).toEqual([{ reason: 'participant_removed' }]);
    await host.client.until((client) =>
      client
        .changes()
        .some(
          (change) => change.type === 'participantLeft' && change.reason === 'participant_removed',
        ),
    );
    expect(scene.bans.all).toEqual([]);
  });

  test('for good keeps who did it and why; lifting it needs the identity (SPEC 14.6)', async () => {
    await scene.moderation.ban(moderator.stay, ann.stay.participantId, 'Noise');
    expect(scene.bans.all).toMatchObject([
      { userId: 'ann', identity: 'ann', bannedBy: 'moderator', reason: 'Noise' },
    ]);
    expect(ann.client.all('goodbye')).toEqual([{ reason: 'participant_removed' }]);
    expect(await scene.moderation.listBans(host.stay)).toMatchObject([{ identity: 'ann' }]);
    await scene.moderation.unban(host.stay, 'ann');
    await expect(scene.moderation.unban(host.stay, 'ann')).rejects.toEqual(code('not_found'));
  });

  test('finds nobody of whom nobody knows', async () => {
    const ticket = scene.ticket('ghost');
    const ghost = await scene.join('ghost', {
      ...ticket,
      grants: { ...ticket.grants, hidden: true },
    });
    const { participantId } = ghost.stay;
    await expect(scene.moderation.remove(host.stay, participantId)).rejects.toEqual(
      code('not_found'),
    );
  });
});

describe('roles', () => {
  test('change what runs: a listener’s tracks end, and they publish no more (SPEC 14.8)', async () => {
    const trackId = await scene.publish(ann);
    await scene.moderation.setRole(moderator.stay, ann.stay.participantId, 'listener');
    expect(ann.client.all('roleChanged')).toMatchObject([
      { role: 'listener', grants: { publish: { microphone: false }, subscribe: true } },
    ]);
    await host.client.until((client) =>
      client
        .changes()
        .some((change) => change.type === 'trackUnpublished' && change.trackId === trackId),
    );
    await expect(scene.publish(ann)).rejects.toEqual(code('forbidden'));
  });

  test('may be given again by who may give them, and by nobody else', async () => {
    await scene.moderation.setRole(moderator.stay, ann.stay.participantId, 'participant');
    const ben = await scene.enter('participant', 'ben');
    await expect(
      scene.moderation.setRole(ben.stay, ann.stay.participantId, 'participant'),
    ).rejects.toEqual(code('forbidden'));
    await expect(
      scene.moderation.setRole(moderator.stay, ann.stay.participantId, 'moderator'),
    ).rejects.toEqual(code('forbidden'));
  });

  test('count at the moment of the act', async () => {
    const { participantId } = ann.stay;
    await scene.moderation.setRole(host.stay, moderator.stay.participantId, 'participant');
    await expect(scene.moderation.remove(moderator.stay, participantId)).rejects.toEqual(
      code('forbidden'),
    );
  });
});

describe('the room', () => {
  test('is locked and opened, which is announced (SPEC 14.7)', async () => {
    await scene.moderation.lock(moderator.stay, true);
    expect(scene.rules.isLocked).toBe(true);
    await scene.moderation.lock(host.stay, false);
    expect(scene.rules.isLocked).toBe(false);
    expect(scene.announced).toEqual(['hall', 'hall']);
  });

  test('shows large who is there, or was shown so before (SPEC 14.9)', async () => {
    await scene.moderation.spotlight(host.stay, ['ann', 'moderator', 'ann']);
    expect(scene.rules.spotlight).toEqual(['ann', 'moderator']);
    scene.sessions.end(ann.stay, 'client_initiated');
    await scene.moderation.spotlight(host.stay, ['ann']);
    await scene.moderation.spotlight(host.stay, []);
    await expect(scene.moderation.spotlight(host.stay, ['ann'])).rejects.toEqual(code('not_found'));
    expect(scene.rules.spotlight).toEqual([]);
  });
});
