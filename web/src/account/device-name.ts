/** Which browser and which system a session belongs to, as far as people care. */
export interface DeviceName {
  readonly text: string;
  readonly isHandheld: boolean;
}

type Names = readonly (readonly [mark: RegExp, name: string])[];

// The order counts: most browsers say that they are several others as well.
const BROWSERS: Names = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|HeadlessChrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: Names = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** Reads a `User-Agent`. What is no browser is called by the first word it says of itself. */
export function deviceNameOf(userAgent: string | null): DeviceName {
  if (userAgent === null || userAgent.trim() === '') {
    return { text: 'Unknown device', isHandheld: false };
  }
  const browser = nameIn(BROWSERS, userAgent);
  const system = nameIn(SYSTEMS, userAgent);
  const isHandheld = /\biPhone\b|\biPad\b|\bAndroid\b/.test(userAgent);
  if (browser === undefined) {
    const program = /^[^\s/]{1,40}/.exec(userAgent.trim())?.[0] ?? 'Unknown device';
    return { text: system === undefined ? program : `${program} on ${system}`, isHandheld };
  }
  return { text: system === undefined ? browser : `${browser} on ${system}`, isHandheld };
}

function nameIn(names: Names, userAgent: string): string | undefined {
  return names.find(([mark]) => mark.test(userAgent))?.[1];
}
