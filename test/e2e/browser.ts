import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE_PATH = '/usr/bin/chromium';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why browser suites are skipped on this machine; undefined where they can run. */
export const browserMissing: string | undefined = existsSync(EXECUTABLE_PATH)
  ? undefined
  : `${EXECUTABLE_PATH} is not installed`;

/**
 * A real Chromium that talks to nobody on its own. Whoever launches it closes it.
 *
 * @param more arguments of its command line
 */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE_PATH, args: [...ARGUMENTS, ...more] });
}
