import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-lcd-text', '--font-render-hinting=none'],
  });

/** What a page is waited for: long enough for the slowest machine, for nothing is measured by it. */
const PATIENCE = 120_000;

/** Waits until a page says that it is connected so. */
export const shown = (page: Page, state: 'connecting' | 'open'): Promise<void> =>
  page.locator(`app-connection [data-state=${state}]`).waitFor();

/** A page in a context of its own, connected. What it throws, and what it logs as an error of its own, is in `errors`. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1_000, height: 760 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);
  await shown(page, 'open');
  return { page, errors };
}

const record = 'app-record';

/** Waits until so many orders have come to a page that was opened with `?record`. */
export async function recorded(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    ([selector, least]) => Number(document.querySelector<HTMLElement>(selector)?.dataset['count'] ?? 0) >= least,
    [record, count] as const,
    { polling: 50 },
  );
}

/** Waits until that order is the last that has come. */
export async function recordedTo(page: Page, id: string): Promise<void> {
  await page.waitForFunction(
    ([selector, last]) => document.querySelector(selector)?.textContent.endsWith(`${last}\n`),
    [record, id] as const,
    { polling: 50 },
  );
}

/** The ids of all orders that came to it, in the order they came. */
export async function recordOf(page: Page): Promise<string[]> {
  return ((await page.locator(record).textContent()) ?? '').split('\n').filter((id) => id !== '');
}
