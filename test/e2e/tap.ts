import type { Page } from 'playwright-core';

/** Taps what leads elsewhere, and waits until one is there. */
export async function tapTo(page: Page, selector: string, wanted: string | RegExp): Promise<void> {
  await page.locator(selector).tap();
  await page.waitForURL(wanted);
}

/**
 * The same after a page has tried to open an app: Chromium may then show a question of its own, outside of the page,
 * and until somebody answers it no tap reaches the page.
 */
export async function followTo(page: Page, selector: string, wanted: string): Promise<void> {
  const left = page.waitForEvent('framenavigated', { predicate: (frame) => frame.url() === wanted });
  await page.locator(selector).dispatchEvent('click');
  await left;
  await page.waitForLoadState();
}
