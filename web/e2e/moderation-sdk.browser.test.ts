import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPerson, type Person } from './harness/person.ts';
import { openSdkPage, type SdkWindow } from './harness/sdk-page.ts';
import {
  type Account,
  createRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

/** A page that is on its way into a room, or in it. */
type ModerationWindow = SdkWindow & { said: string[]; outcome: Promise<string> };

let server: TestServer;
let account: Account;
let host: Person;
let guest: Person;

beforeAll(async () => {
  server = await startTestServer();
  account = await register(server, 'Host');
  [host, guest] = await Promise.all([openPerson(), openPerson()]);
});
afterAll(async () => {
  await Promise.all([host?.close(), guest?.close()]);
  await server?.close();
});

/** Begins to join, and notes what is said. */
function begin([roomId, name, accessToken]: readonly [string, string, string | null]): void {
  const scope = globalThis as ModerationWindow;
  const { sdk } = scope;
  const said: string[] = [];
  const room = new sdk.Room();
  Object.assign(scope, { said, room });
  room
    .on('connectionStateChanged', (state) => said.push(state))
    .on('disconnected', (reason) => said.push(`out: ${reason}`))
    .on('participantPermissionsChanged', (_, { grants }) =>
      said.push(`speaks: ${grants?.publish.microphone}`),
    )
    .on('participantMetadataChanged', (_, one) => said.push(`${one.name} says ${one.metadata}`))
    .on('trackUnpublished', ({ source }) => said.push(`${source} ended`))
    .on('trackMuted', ({ source }) => said.push(`${source} muted`))
    .on('localTrackUnpublished', ({ source }) => said.push(`own ${source} ended`));
  sdk.Moderation.of(room)
    .on('handRaised', (one, position) => said.push(`${one.name} raises ${position}`))
    .on('handLowered', (one, by) => said.push(`${one.name} lowers by ${by?.name}`))
    .on('reacted', (one, reaction) => said.push(`${one.name} ${reaction}`))
    .on('lobbyChanged', (waiting) => said.push(`lobby: ${waiting.map((one) => one.name)}`))
    .on('unmuteRequested', (source, by) => said.push(`unmute ${source}, says ${by?.name}`))
    .on('trackModerated', (publication, action, by) =>
      said.push(`${publication.source} ${action} by ${by?.name}`),
    )
    .on('lockChanged', (isLocked) => said.push(isLocked ? 'locked' : 'open'))
    .on('spotlightChanged', (people) => said.push(`spotlight: ${people.map((one) => one.name)}`))
    .on('stageInvited', (by) => said.push(`come up, says ${by?.name}`));
  const enter = async () => {
    const options = accessToken === null ? { name } : { accessToken };
    const answer = await sdk.requestJoin(location.origin, roomId, options);
    await room.connect(answer.url, answer.token, { joinInfo: answer });
    return 'in';
  };
  scope.outcome = enter().catch((error: unknown) => String((error as { code?: string }).code));
}

function outcomeOf({ page }: Person): Promise<string> {
  return page.evaluate(() => (globalThis as ModerationWindow).outcome);
}

async function hears({ page }: Person, what: string): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => (globalThis as ModerationWindow).said), { timeout: 20_000 })
    .toContain(what);
}

async function putSetting(roomId: string, key: string, value: unknown): Promise<void> {
  const answer = await fetch(`${server.url}/v1/rooms/${roomId}/settings/${key}`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${account.accessToken}`,
    },
    body: JSON.stringify({ value }),
  });
  if (!answer.ok) throw new Error(`the setting was answered ${answer.status}`);
}

/** The host is in a room with a lobby, and a guest stands before it. */
beforeEach(async () => {
  const { roomId } = await createRoom(server, account);
  await putSetting(roomId, 'lobby_enabled', true);
  await Promise.all([openSdkPage(host.page, server), openSdkPage(guest.page, server)]);
  await host.page.evaluate(begin, [roomId, 'Host', account.accessToken] as const);
  expect(await outcomeOf(host)).toBe('in');
  await guest.page.evaluate(begin, [roomId, 'Ada', null] as const);
  await hears(host, 'lobby: Ada');
  await hears(guest, 'waiting');
});

async function letIn(): Promise<void> {
  await host.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    const moderation = sdk.Moderation.of(room);
    await moderation.approve(moderation.lobby.map(({ identity }) => identity));
  });
  expect(await outcomeOf(guest)).toBe('in');
  await expect
    .poll(() =>
      host.page.evaluate(() => (globalThis as ModerationWindow).room.remoteParticipants.size),
    )
    .toBe(1);
}

test('who waits in the lobby is let in, or turned away (SPEC 15.1, 15.4, 15.5)', async () => {
  await host.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    const moderation = sdk.Moderation.of(room);
    await moderation.deny(moderation.lobby.map(({ identity }) => identity));
  });
  expect(await outcomeOf(guest)).toBe('lobby_denied');
  await hears(host, 'lobby: ');
});

test('hands, reactions, the spotlight and the lock are seen by both (SPEC 14.7 to 14.11)', async () => {
  await letIn();
  await guest.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    await sdk.Moderation.of(room).raiseHand();
    await sdk.Moderation.of(room).sendReaction('👏');
    await room.localParticipant.setMetadata('in Rome');
  });
  await hears(host, 'Ada raises 1');
  await hears(host, 'Ada 👏');
  await hears(guest, 'Ada 👏');
  await hears(host, 'Ada says in Rome');
  await host.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    const moderation = sdk.Moderation.of(room);
    const [ada] = moderation.raisedHands;
    if (!ada) throw new Error('no hand is up');
    await moderation.lowerHand(ada);
    await moderation.setSpotlight([ada]);
    await moderation.setLocked(true);
  });
  await hears(guest, 'Ada lowers by Host Test');
  await hears(guest, 'spotlight: Ada');
  await hears(guest, 'locked');
  await hears(host, 'locked');
});

test('who leads mutes, stops, makes a listener, calls up and sends out (SPEC 14.2 to 14.5, 14.8, 14.12)', async () => {
  await letIn();
  await guest.page.evaluate(() =>
    (globalThis as ModerationWindow).room.localParticipant.enableCameraAndMicrophone(),
  );
  await expect
    .poll(() =>
      host.page.evaluate(() => {
        const [ada] = (globalThis as ModerationWindow).room.remoteParticipants.values();
        return ada?.isCameraEnabled && ada.isMicrophoneEnabled;
      }),
    )
    .toBe(true);
  await host.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    const moderation = sdk.Moderation.of(room);
    const [ada] = room.remoteParticipants.values();
    if (!ada) throw new Error('Ada is not there');
    await moderation.mute(ada);
    await moderation.askToUnmute(ada);
    await moderation.stopTrack(ada, 'camera');
  });
  await hears(guest, 'microphone muted by Host Test');
  await hears(guest, 'microphone muted');
  await hears(guest, 'unmute microphone, says Host Test');
  await hears(guest, 'own camera ended');
  await hears(host, 'camera ended');
  await host.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    const [ada] = room.remoteParticipants.values();
    if (ada) await sdk.Moderation.of(room).setRole(ada, 'listener');
  });
  await hears(guest, 'speaks: false');
  await hears(guest, 'own microphone ended');
  await hears(host, 'microphone ended');
  expect(
    await guest.page.evaluate(() =>
      (globalThis as ModerationWindow).room.localParticipant.setMicrophoneEnabled(true).then(
        () => 'published',
        (error: { code?: string }) => error.code,
      ),
    ),
  ).toBe('forbidden');
  await host.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    const [ada] = room.remoteParticipants.values();
    if (ada) await sdk.Moderation.of(room).inviteToStage(ada);
  });
  await hears(guest, 'come up, says Host Test');
  await guest.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    await sdk.Moderation.of(room).acceptStage();
  });
  await hears(guest, 'speaks: true');
  await guest.page.evaluate(() =>
    (globalThis as ModerationWindow).room.localParticipant.setMicrophoneEnabled(true),
  );
  await expect
    .poll(() =>
      host.page.evaluate(() => {
        const [ada] = (globalThis as ModerationWindow).room.remoteParticipants.values();
        return ada?.isMicrophoneEnabled;
      }),
    )
    .toBe(true);
  await host.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    const [ada] = room.remoteParticipants.values();
    if (ada) await sdk.Moderation.of(room).remove(ada);
  });
  await hears(guest, 'out: participant_removed');
});

test('the server refuses every act of leading to who asks without the right (SPEC 14.1)', async () => {
  await letIn();
  await host.page.evaluate(() =>
    (globalThis as ModerationWindow).room.localParticipant.enableCameraAndMicrophone(),
  );
  await expect
    .poll(() =>
      guest.page.evaluate(() => {
        const [leader] = (globalThis as ModerationWindow).room.remoteParticipants.values();
        return leader?.isCameraEnabled && leader.isMicrophoneEnabled;
      }),
    )
    .toBe(true);
  const answers = await guest.page.evaluate(async () => {
    const { sdk, room } = globalThis as ModerationWindow;
    const moderation = sdk.Moderation.of(room);
    const [leader] = room.remoteParticipants.values();
    if (!leader) throw new Error('the host is not there');
    const { identity } = leader;
    const tries: Record<string, () => Promise<unknown>> = {
      mute: () => moderation.mute(leader),
      muteAll: () => moderation.muteAll(),
      askToUnmute: () => moderation.askToUnmute(leader),
      stopTrack: () => moderation.stopTrack(leader, 'camera'),
      remove: () => moderation.remove(leader),
      ban: () => moderation.ban(leader),
      unban: () => moderation.unban(identity),
      listBans: () => moderation.listBans(),
      setLocked: () => moderation.setLocked(true),
      setRole: () => moderation.setRole(leader, 'listener'),
      ownRole: () => moderation.setRole(room.localParticipant, 'moderator'),
      setSpotlight: () => moderation.setSpotlight([room.localParticipant]),
      lowerHand: () => moderation.lowerHand(leader),
      inviteToStage: () => moderation.inviteToStage(leader),
      acceptStage: () => moderation.acceptStage(),
      listLobby: () => moderation.listLobby(),
      approve: () => moderation.approve(identity),
      deny: () => moderation.deny(identity),
      createBreakouts: () =>
        moderation.createBreakouts([{ name: 'Group 1', identities: [identity] }]),
      listBreakouts: () => moderation.listBreakouts(),
      assignToBreakout: () => moderation.assignToBreakout(identity, null),
      broadcast: () => moderation.broadcast('Hello'),
      recallBreakouts: () => moderation.recallBreakouts(),
    };
    const codes: Record<string, string> = {};
    for (const [name, attempt] of Object.entries(tries)) {
      codes[name] = await attempt().then(
        () => 'done',
        (error: { code?: string }) => String(error.code),
      );
    }
    return codes;
  });
  expect(Object.entries(answers).filter(([, code]) => code !== 'forbidden')).toEqual([]);
  expect(
    await host.page.evaluate(() => {
      const { room } = globalThis as ModerationWindow;
      const { isMicrophoneEnabled, isCameraEnabled, role } = room.localParticipant;
      return { isMicrophoneEnabled, isCameraEnabled, role };
    }),
  ).toEqual({ isMicrophoneEnabled: true, isCameraEnabled: true, role: 'host' });
});
