import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AUDIBLE, listen, SILENCE, waitForVoice } from './harness/hearing.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import {
  hueDistance,
  identityOf,
  look,
  tileOf,
  waitForFrames,
  waitForSize,
} from './harness/seeing.ts';
import { startTestServer, type TestServer } from './harness/test-server.ts';

const NAMES = ['ada', 'budi', 'chidi'] as const;
type Name = (typeof NAMES)[number];
const DISPLAY_NAMES = { ada: 'Ada Wijaya', budi: 'Budi Santoso', chidi: 'Chidi Okafor' } as const;

let server: TestServer;
let people: Record<Name, Person>;
let identities: Record<Name, string>;
let link: string;

/** One's own name with those of everybody else. */
function othersOf(name: Name): Name[] {
  return NAMES.filter((other) => other !== name);
}

/** Gives fake devices the names that real ones might have: a picture for readers shows them. */
async function nameDevices(page: Page): Promise<void> {
  const names = { Camera: 'HD camera', Microphone: 'Desk microphone', Speaker: 'Headphones' };
  for (const [label, name] of Object.entries(names)) {
    const chosen = page.getByLabel(label, { exact: true }).locator('option:checked');
    await chosen.evaluate((option, text) => {
      option.textContent = text;
    }, name);
  }
}

beforeAll(async () => {
  server = await startTestServer();
  const [ada, budi, chidi] = await Promise.all(
    NAMES.map((name) => openPerson({ likeness: LIKENESSES[name], camera: 'large' })),
  );
  people = { ada, budi, chidi } as Record<Name, Person>;
});

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const name of NAMES) {
    if (!people[name].page.isClosed()) await takePicture(people[name].page, `failed-${name}`);
  }
});

afterAll(async () => {
  await Promise.all(Object.values(people ?? {}).map((person) => person.close()));
  await server?.close();
});

describe('three people in one room', () => {
  test('one registers, makes a room and joins it; two guests follow the link', async () => {
    const { page } = people.ada;
    await page.goto(server.url);
    await takePicture(people.ada.page, 'landing');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByLabel('First name').fill('Ada');
    await page.getByLabel('Last name').fill('Wijaya');
    await page.getByLabel('E-mail').fill('ada@example.org');
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Weekly review');
    await page.getByRole('button', { name: 'Create room' }).click();
    const open = page.getByRole('link', { name: 'Open Weekly review' });
    link = new URL((await open.getAttribute('href')) ?? '', server.url).href;
    await open.click();
    await page.getByRole('button', { name: 'Join', exact: true }).waitFor();
    await page.locator('video').waitFor();
    await nameDevices(page);
    await takePicture(people.ada.page, 'preview');
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).waitFor();

    await joinAsGuest(people.budi, link, DISPLAY_NAMES.budi);
    await joinAsGuest(people.chidi, link, DISPLAY_NAMES.chidi);
    identities = {
      ada: await identityOf(people.ada.page),
      budi: await identityOf(people.budi.page),
      chidi: await identityOf(people.chidi.page),
    };
    expect(new Set(Object.values(identities)).size).toBe(3);
  });

  test.each(NAMES)('%s sees moving pictures of both others, each the right one', async (name) => {
    for (const other of othersOf(name)) {
      const tile = tileOf(people[name].page, identities[other]);
      await waitForFrames(tile, 12);
      const seen = await look(tile);
      expect(seen.contrast).toBeGreaterThan(15);
      expect(hueDistance(seen.cornerHue, LIKENESSES[other].portrait.hue)).toBeLessThan(30);
      expect(await tile.innerText()).toContain(DISPLAY_NAMES[other]);
    }
  });

  test.each(NAMES)('%s hears both others, each with their own voice', async (name) => {
    for (const other of othersOf(name)) {
      await waitForVoice(people[name].page, identities[other], LIKENESSES[other].voiceHz);
    }
  });

  test('mute makes silence within a second for everybody, and unmute brings the voice back', async () => {
    const { page } = people.budi;
    await page.getByRole('button', { name: 'Mute microphone' }).click();
    const mutedAt = Date.now();
    for (const other of othersOf('budi')) {
      const sounds = await listen(
        people[other].page,
        identities.budi,
        mutedAt + 1_000,
        mutedAt + 2_500,
      );
      expect(sounds.length).toBeGreaterThan(20);
      expect(Math.max(...sounds.map(({ level }) => level))).toBeLessThan(SILENCE);
      await tileOf(people[other].page, identities.budi)
        .and(people[other].page.locator('[data-muted]'))
        .waitFor();
    }
    // The third one is heard all the while.
    const chidi = await listen(people.ada.page, identities.chidi, mutedAt, mutedAt + 2_500);
    expect(Math.max(...chidi.map(({ level }) => level))).toBeGreaterThan(AUDIBLE);

    await page.getByRole('button', { name: 'Unmute microphone' }).click();
    for (const other of othersOf('budi')) {
      await waitForVoice(people[other].page, identities.budi, LIKENESSES.budi.voiceHz);
    }
  });

  test('everybody sees who speaks, themselves included, and who does not', async () => {
    const mute = (name: Name) =>
      people[name].page.getByRole('button', { name: 'Mute microphone' }).click();
    await Promise.all(othersOf('chidi').map(mute));
    for (const { page } of Object.values(people)) {
      await page.waitForFunction((speaker) => {
        const tiles = [...document.querySelectorAll<HTMLElement>('[data-speaking]')];
        return tiles.length === 1 && tiles[0]?.dataset['identity'] === speaker;
      }, identities.chidi);
    }
    await mute('chidi');
    for (const { page } of Object.values(people)) {
      await page.waitForFunction(() => document.querySelector('[data-speaking]') === null);
    }
    for (const { page } of Object.values(people)) {
      await page.getByRole('button', { name: 'Unmute microphone' }).click();
    }
    for (const { page } of Object.values(people)) {
      await page.waitForFunction(() => document.querySelectorAll('[data-speaking]').length === 3);
    }
  });

  test('a camera that is turned off leaves the initials, and comes back', async () => {
    const { page } = people.chidi;
    const tile = tileOf(people.ada.page, identities.chidi);
    await page.getByRole('button', { name: 'Turn camera off' }).click();
    await tile.locator('video').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Turn camera on' }).click();
    await waitForFrames(tile, 12);
    expect(hueDistance((await look(tile)).cornerHue, LIKENESSES.chidi.portrait.hue)).toBeLessThan(
      30,
    );
  });

  test('what was said is there for who comes later, and who is there gets it at once', async () => {
    const { ada, budi } = people;
    await ada.page.getByRole('button', { name: 'Chat' }).click();
    await ada.page.getByRole('textbox', { name: 'Message', exact: true }).fill('Selamat pagi!');
    await ada.page.getByRole('button', { name: 'Send' }).click();
    await budi.page.getByRole('button', { name: 'Chat' }).click();
    await budi.page.getByRole('log', { name: 'Messages' }).getByText('Selamat pagi!').waitFor();
    await budi.page.getByRole('textbox', { name: 'Message', exact: true }).fill('Pagi, Ada.');
    await budi.page.keyboard.press('Enter');
    await ada.page.getByRole('log', { name: 'Messages' }).getByText('Pagi, Ada.').waitFor();

    const dewi = await openPerson({ likeness: LIKENESSES.dewi, camera: 'large' });
    try {
      await joinAsGuest(dewi, link, 'Dewi Lestari');
      await dewi.page.getByRole('button', { name: 'Chat' }).click();
      const log = dewi.page.getByRole('log', { name: 'Messages' });
      await log.getByText('Selamat pagi!').waitFor();
      await log.getByText('Pagi, Ada.').waitFor();
      await waitForFrames(tileOf(ada.page, await identityOf(dewi.page)), 12);
      await takePicture(ada.page, 'meeting');
    } finally {
      await dewi.close();
    }
    await ada.page.getByRole('button', { name: 'Close chat' }).click();
    await budi.page.getByRole('button', { name: 'Close chat' }).click();
  });

  test('a shared screen arrives at its full resolution, and goes when sharing stops', async () => {
    const { ada, budi, chidi } = people;
    await ada.page.getByRole('button', { name: 'Share screen' }).click();
    const own = tileOf(ada.page, identities.ada, 'screen_share');
    await waitForFrames(own, 2);
    const { width, height } = await look(own);
    expect(width).toBeGreaterThanOrEqual(1_280);
    for (const { page } of [budi, chidi]) {
      const tile = tileOf(page, identities.ada, 'screen_share');
      await waitForFrames(tile, 2);
      // Bandwidth is probed upwards from what is safe, so the first frames may be smaller.
      await waitForSize(tile, width, height);
      expect((await look(tile)).contrast).toBeGreaterThan(5);
    }
    await takePicture(budi.page, 'screen');
    await ada.page.getByRole('button', { name: 'Stop sharing' }).click();
    await tileOf(budi.page, identities.ada, 'screen_share').waitFor({ state: 'detached' });
  });

  test('who leaves is gone from the others within a second', async () => {
    const { ada, budi, chidi } = people;
    await chidi.page.getByRole('button', { name: 'Leave', exact: true }).click();
    await Promise.all(
      [ada, budi].map(({ page }) =>
        tileOf(page, identities.chidi).waitFor({ state: 'detached', timeout: 1_000 }),
      ),
    );
    await chidi.page.getByText('You left the meeting').waitFor();
  });

  test('who just closes the page is gone within a second as well', async () => {
    const { ada, budi } = people;
    await budi.page.close();
    await tileOf(ada.page, identities.budi).waitFor({ state: 'detached', timeout: 1_000 });
  });
});
