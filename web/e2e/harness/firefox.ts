import { execFileSync } from 'node:child_process';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import type { SdkPage } from './sdk-page.ts';

/** What everybody hears of a Firefox: its fake microphone says nothing but this tone. */
export const FIREFOX_VOICE_HZ = 1_100;

/** Somebody at a Firefox of their own. */
export interface FirefoxPerson {
  readonly browser: Browser;
  readonly page: Page;
  /** The same page, for what any browser's page can be asked. */
  readonly sdkPage: SdkPage;
  close(): Promise<void>;
}

/** What the DOM's types do not know: Firefox captures a tab for pages that are allowed to ask. */
type TabConstraints = MediaTrackConstraints & { mediaSource: 'browser' };

/**
 * Starts a Firefox, driven over WebDriver BiDi, with a camera and a microphone that
 * need no hardware. Its camera is 30 pictures per second of a colour that changes;
 * the screen that it shares is its own tab, as there is no screen.
 */
export async function openFirefox(): Promise<FirefoxPerson> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: findFirefox(),
    defaultViewport: { width: 1300, height: 800 },
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.navigator.audio.fake_frequency': FIREFOX_VOICE_HZ,
      'media.getusermedia.browser.enabled': true,
      // Media of a machine without any network still flows.
      'media.peerconnection.ice.loopback': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      // It would be asked for codecs, at the network.
      'media.gmp-manager.updateEnabled': false,
    },
  });
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(() => {
    navigator.mediaDevices.getDisplayMedia = ({ video } = {}) => {
      const tab: TabConstraints = {
        ...(typeof video === 'object' && video),
        mediaSource: 'browser',
      };
      return navigator.mediaDevices.getUserMedia({ video: tab });
    };
  });
  return {
    browser,
    page,
    // Both libraries run a function with one argument in the page.
    sdkPage: {
      goto: (url) => page.goto(url),
      evaluate: (script: Parameters<Page['evaluate']>[0], argument?: unknown) =>
        page.evaluate(script, argument),
    } as SdkPage,
    close: () => browser.close(),
  };
}

function findFirefox(): string {
  // Prints those that there are, the first wish first.
  const [path] = execFileSync('sh', ['-c', 'command -v firefox-esr firefox; true'], {
    encoding: 'utf8',
  }).split('\n');
  if (!path) throw new Error('there is no Firefox on this machine');
  return path;
}
