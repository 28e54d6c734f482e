import { beforeEach, expect, it } from 'vitest';
import { AnsweringServer } from './answering-server.ts';
import { SettingsStore } from './settings-store.ts';

const PATH = '/v1/users/me/settings';
const CHOSEN = { join_muted: true, join_without_camera: false, mirror_own_video: true };
const MIRROR = `PUT ${PATH}/mirror_own_video`;

let server: AnsweringServer;
let store: SettingsStore;

beforeEach(async () => {
  server = new AnsweringServer();
  store = new SettingsStore(await server.signIn());
  server.on(`GET ${PATH}`, () => CHOSEN);
  await store.load();
});

const isMirrored = () => store.state.get().settings?.mirror_own_video;

it('a choice is shown at once and kept by the server', async () => {
  server.on(MIRROR, () => ({ value: false }));
  const kept = store.choose('mirror_own_video', false);
  expect(isMirrored()).toBe(false);
  await kept;
  expect(server.requests.at(-1)?.options.body).toEqual({ value: false });
  expect(store.state.get()).toEqual({
    settings: { ...CHOSEN, mirror_own_video: false },
    failure: null,
  });
});

it('a choice that the server did not keep is taken back, and said why', async () => {
  server.refuse(MIRROR, 'unreachable');
  await store.choose('mirror_own_video', false);
  expect(isMirrored()).toBe(true);
  expect(store.state.get().failure?.code).toBe('unreachable');
});

it('an older choice that failed does not undo a newer one', async () => {
  server.refuse(MIRROR, 'unreachable');
  const older = store.choose('mirror_own_video', true);
  await Promise.resolve();
  server.on(MIRROR, () => ({ value: false }));
  await Promise.all([older, store.choose('mirror_own_video', false)]);
  expect(isMirrored()).toBe(false);
});

it('says why the settings could not be read, and reads them the next time', async () => {
  server.refuse(`GET ${PATH}`, 'unavailable');
  const other = new SettingsStore(await server.signIn());
  await other.load();
  expect(other.state.get()).toMatchObject({ settings: null, failure: { code: 'unavailable' } });
  server.on(`GET ${PATH}`, () => ({ ...CHOSEN, mirror_own_video: false }));
  await other.load();
  expect(other.state.get()).toEqual({
    settings: { ...CHOSEN, mirror_own_video: false },
    failure: null,
  });
});
