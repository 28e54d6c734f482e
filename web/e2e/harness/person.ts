import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { type Portrait, writeFakeCamera } from './fake-camera.ts';
import { writeFakeVoice } from './fake-voice.ts';
import { installEar } from './hearing.ts';

/** How somebody looks and sounds, and by which others recognise them. */
export interface Likeness {
  readonly portrait: Portrait;
  readonly voiceHz: number;
}

/** Likenesses that are easy to tell apart. */
export const LIKENESSES = {
  ada: {
    portrait: {
      hue: 205,
      skin: [236, 188, 158],
      hair: [66, 44, 34],
      shirt: [232, 232, 238],
      hasLongHair: true,
    },
    voiceHz: 440,
  },
  budi: {
    portrait: {
      hue: 120,
      skin: [176, 122, 86],
      hair: [28, 24, 26],
      shirt: [196, 86, 62],
      hasLongHair: false,
    },
    voiceHz: 700,
  },
  chidi: {
    portrait: {
      hue: 30,
      skin: [120, 78, 56],
      hair: [22, 18, 18],
      shirt: [52, 92, 150],
      hasLongHair: false,
    },
    voiceHz: 1_100,
  },
  dewi: {
    portrait: {
      hue: 290,
      skin: [214, 164, 126],
      hair: [38, 26, 30],
      shirt: [84, 140, 118],
      hasLongHair: true,
    },
    voiceHz: 1_600,
  },
} as const satisfies Record<string, Likeness>;

export interface PersonOptions {
  /** Default: Ada's. */
  readonly likeness?: Likeness;
  /** Size of the camera's picture. Default `small`, so that a machine with two cores keeps up. */
  readonly camera?: keyof typeof CAMERAS;
  /** What Chromium answers when a page asks for devices. Default `grant`. */
  readonly devices?: 'grant' | 'refuse' | 'none';
  readonly context?: BrowserContextOptions;
  /** Whether pages are heard before somebody touches them. Default true. */
  readonly playsUntouched?: boolean;
  /** A network namespace to live in. Default: that of the tests. */
  readonly network?: string;
  /** A page of this origin may use cameras though it is neither on localhost nor on HTTPS. */
  readonly trustedOrigin?: string;
}

/** Somebody at a browser of their own. */
export interface Person {
  readonly likeness: Likeness;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  close(): Promise<void>;
}

const CAMERAS = {
  small: { width: 320, height: 180, framesPerSecond: 12 },
  large: { width: 640, height: 360, framesPerSecond: 12 },
} as const;

/** Starts a Chromium with a camera and a microphone that need no hardware. */
export async function openPerson(options: PersonOptions = {}): Promise<Person> {
  const {
    likeness = LIKENESSES.ada,
    camera = 'small',
    devices = 'grant',
    playsUntouched = true,
  } = options;
  const folder = mkdtempSync(join(tmpdir(), 'balai-person-'));
  const flags = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // Media of a machine without any network still flows.
    '--allow-loopback-in-peer-connection',
    `--autoplay-policy=${playsUntouched ? 'no-user-gesture-required' : 'document-user-activation-required'}`,
    // Screen capture without a dialog: the page's own tab.
    '--auto-accept-this-tab-capture',
  ];
  if (devices !== 'none') flags.push('--use-fake-device-for-media-stream');
  if (devices === 'grant') flags.push('--use-fake-ui-for-media-stream');
  if (devices === 'refuse') flags.push('--deny-permission-prompts');
  const cameraFile = join(folder, 'camera.y4m');
  const voiceFile = join(folder, 'voice.wav');
  writeFakeCamera(cameraFile, { ...CAMERAS[camera], portrait: likeness.portrait });
  writeFakeVoice(voiceFile, likeness.voiceHz);
  flags.push(
    `--use-file-for-fake-video-capture=${cameraFile}`,
    `--use-file-for-fake-audio-capture=${voiceFile}`,
  );
  if (options.trustedOrigin !== undefined) {
    flags.push(`--unsafely-treat-insecure-origin-as-secure=${options.trustedOrigin}`);
  }
  const browser = await chromium.launch({
    executablePath:
      options.network === undefined
        ? findChromium()
        : writeStarter(join(folder, 'chromium'), options.network),
    args: flags,
  });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    ...options.context,
  });
  await context.addInitScript(installEar);
  const page = await context.newPage();
  return {
    likeness,
    browser,
    context,
    page,
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Opens a room's link as a guest and joins. */
export async function joinAsGuest(person: Person, link: string, name: string): Promise<void> {
  const { page } = person;
  await page.goto(link);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await page.getByRole('button', { name: 'Leave', exact: true }).waitFor();
}

function findChromium(): string {
  return execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
}

/** A program that starts Chromium in a network namespace. @returns its path. */
function writeStarter(path: string, network: string): string {
  const command = `exec ip netns exec ${network} ${findChromium()} "$@"`;
  writeFileSync(path, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  return path;
}
