import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';

const MOST_TABS = 60;

/** What axe finds wrong with a page that keeps people out, one line for each place. */
export async function seriousFaultsOf(page: Page): Promise<string[]> {
  // Not a script tag: the page's security policy would refuse it.
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const run = (globalThis as typeof globalThis & { axe: typeof axe }).axe.run;
    const { violations } = await run(document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

/** Presses Tab until this has the focus, and makes sure that each stop on the way can be seen. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    await page.keyboard.press('Tab');
    const unseen = await page.evaluate(findUnseenFocus);
    if (unseen !== null) throw new Error(`nobody sees that the focus is on ${unseen}`);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${MOST_TABS} tabs did not reach ${target}`);
}

/** The element with the focus, where no outline shows it; runs in the page. */
function findUnseenFocus(): string | null {
  const focused = document.activeElement;
  // Between the last element and the first the focus is in the browser's own controls.
  if (focused === null || focused === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  const { width, height } = focused.getBoundingClientRect();
  const hasOutline = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
  return hasOutline && width > 1 && height > 1 ? null : focused.outerHTML;
}

/** How far the page can be scrolled sideways, in CSS pixels. */
export async function sidewaysScrollOf(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}

/** Why a thumb can't press this; null where it can. */
export async function obstacleOf(target: Locator): Promise<string | null> {
  return await target.evaluate((element) => {
    const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) {
      return `it lies outside the screen, at ${left}, ${top} to ${right}, ${bottom}`;
    }
    // WCAG 2.2, success criterion 2.5.8.
    if (width < 24 || height < 24) return `it is ${width} by ${height} pixels small`;
    const uppermost = document.elementFromPoint(left + width / 2, top + height / 2);
    return element.contains(uppermost) ? null : `${uppermost?.outerHTML} lies over it`;
  });
}
