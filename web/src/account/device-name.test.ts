import { describe, expect, it } from 'vitest';
import { deviceNameOf } from './device-name.ts';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

describe('the name of a device', () => {
  it.each([
    [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36`, 'Chrome on Linux'],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`,
      'Edge on Windows',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
      'Safari on macOS',
    ],
    [`Mozilla/5.0 (X11; CrOS x86_64 1) ${WEBKIT} Chrome/141.0 Safari/537.36`, 'Chrome on ChromeOS'],
  ])('is that of browser and system, of %s', (userAgent, text) => {
    expect(deviceNameOf(userAgent)).toEqual({ text, isHandheld: false });
  });

  it.each([
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    [
      `Mozilla/5.0 (Linux; Android 16; K) ${WEBKIT} SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36`,
      'Samsung Internet on Android',
    ],
  ])('says that it is one for the hand, of %s', (userAgent, text) => {
    expect(deviceNameOf(userAgent)).toEqual({ text, isHandheld: true });
  });

  it('is what a program calls itself, where it is no browser', () => {
    expect(deviceNameOf('curl/8.5.0').text).toBe('curl');
    expect(deviceNameOf('ourbot/1.0 (Linux)').text).toBe('ourbot on Linux');
  });

  it.each([null, '', '  '])('is unknown where nothing was said (%j)', (userAgent) => {
    expect(deviceNameOf(userAgent).text).toBe('Unknown device');
  });
});
