import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import type { TestServer } from './test-server.ts';

type Sdk = typeof import('@balai/client') & typeof import('@balai/client/moderation');

/** A page that has the SDK at hand and no application. */
export type BareWindow = typeof globalThis & { sdk: Sdk; room: InstanceType<Sdk['Room']> };

let bundle: Promise<string> | undefined;

/** The SDK as one script that leaves `sdk` behind. */
async function bundleSdk(): Promise<string> {
  const entry = fileURLToPath(new URL('./sdk-entry.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry, name: 'sdk', formats: ['iife'] } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (output === undefined || !('output' in output)) throw new Error('nothing was built');
  return output.output[0].code;
}

/** Opens a page of the server's own origin, without any script but the SDK as `sdk`. */
export async function openBarePage(page: Page, server: TestServer): Promise<void> {
  bundle ??= bundleSdk();
  const script = await bundle;
  await page.goto(`${server.url}/robots.txt`);
  await page.evaluate(`${script}; globalThis.sdk = sdk;`);
}
