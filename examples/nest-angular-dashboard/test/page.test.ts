/** The page, on the in-memory Redis: as `npm start` shows it. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, openPage, recorded, recordOf } from './support/open-page.js';
import type { Server } from './support/server.js';
import { startApi } from './support/start-api.js';
import { withPalette } from './support/with-palette.js';

let browser: Browser;
let api: Server;
before(async () => {
  browser = await launch();
  api = await startApi();
});
after(async () => {
  await browser.close();
  await api.stop();
});

async function send(method: string, path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${api.url}/api/${path}`, { method, headers, body: JSON.stringify(body) });
  return { status: response.status, ...((await response.json()) as object) };
}
const order = async (customer: string): Promise<string> => String((await send('POST', 'orders', { customer, amount: 5 }))['id']);

/** How many dead letters the page shows. */
const deadOn = (page: Page, count: number): Promise<void> =>
  page
    .locator('[data-figure=dead]')
    .filter({ hasText: new RegExp(`^${count}$`) })
    .waitFor();

test('orders appear as they come', async () => {
  const { page, errors } = await openPage(browser, `${api.url}/?from=0-0`);
  const id = await order('gina');
  await page.getByRole('row').filter({ hasText: id }).filter({ hasText: 'gina' }).waitFor();
  assert.deepEqual(errors, []);
  await page.context().close();
});

test('a wrong order, and a wrong rate, are refused', async () => {
  assert.equal((await send('POST', 'orders', { customer: 'ann', amount: 'none' }))['status'], 400);
  assert.equal((await send('PUT', 'settings', { rate: -1 }))['status'], 400);
});

test('a page that was away goes on behind what it had shown', async () => {
  const { page } = await openPage(browser, `${api.url}/?record&from=0-0`);
  const before = [await order('ann'), await order('bob')];
  await page.waitForFunction((id) => document.querySelector('app-record')?.textContent.includes(id), before[1]!);
  await page.goto('about:blank');
  const meanwhile = [await order('cem'), await order('dora')];
  await page.goBack();
  await recorded(page, meanwhile.length);
  assert.deepEqual(await recordOf(page), meanwhile);
  await page.context().close();
});

test('what cannot be charged is a dead letter; by keyboard the button puts it back, and once the bank is mended it is charged', async () => {
  const { page, errors } = await openPage(browser, api.url);
  await order('zoe');
  await deadOn(page, 1);
  await page.getByRole('cell', { name: "zoe's bank is down" }).waitFor();

  const outage = page.getByRole('checkbox', { name: "Zoe's bank is down" });
  await tabTo(page, "Zoe's bank is down");
  await page.keyboard.press('Space');
  await page.waitForFunction(async () => !((await (await fetch('/api/settings')).json()) as { outage: boolean }).outage);
  assert.equal(await outage.isChecked(), false);

  await tabTo(page, 'Replay all');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  assert.equal(outline, 'solid', 'one sees where the focus is');
  await page.keyboard.press('Enter');
  await page.getByText('1 put back.').waitFor();
  await deadOn(page, 0);
  assert.equal(await focused(page), 'Replay all', 'the focus stays');
  assert.deepEqual(errors, []);
  await page.context().close();
});

test('the generator makes as many orders as are asked for', async () => {
  const { page } = await openPage(browser, `${api.url}/?record`);
  await page.getByRole('spinbutton', { name: 'Orders per second' }).fill('200');
  await page.keyboard.press('Enter');
  await recorded(page, 400);
  await send('PUT', 'settings', { rate: 0 });
  await page.context().close();
});

test('it fits into 400 px', async () => {
  const { page } = await openPage(browser, api.url, { viewport: { width: 400, height: 800 } });
  await order('a-customer-with-a-very-long-name-that-has-no-space-in-it-at-all');
  await page.getByRole('cell', { name: 'a-customer-with' }).waitFor();
  const { needs, has } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { needs: scrollWidth, has: clientWidth };
  });
  assert.ok(needs <= has, `it is ${needs} px wide, in ${has}`);
  await page.context().close();
});

test('light and dark: as the system has it, until somebody chooses', async () => {
  const { page } = await openPage(browser, api.url, { colorScheme: 'dark' });
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [dark, light] = ['rgb(20, 22, 26)', 'rgb(244, 245, 247)'];
  assert.equal(await ground(), dark);
  await page.getByRole('button', { name: 'Dark' }).click();
  assert.equal(await ground(), light);
  await page.reload();
  assert.equal(await ground(), light, 'it was chosen');
  await page.context().close();
});

const folder = process.env['SCREENSHOTS'] ?? '.tmp';
for (const colorScheme of ['light', 'dark'] as const) {
  test(`a screenshot, ${colorScheme}`, async () => {
    await mkdir(folder, { recursive: true });
    await send('PUT', 'settings', { rate: 40, outage: true });
    const { page } = await openPage(browser, api.url, { colorScheme, viewport: { width: 920, height: 690 } });
    await page.waitForFunction(() => document.querySelectorAll('app-live-orders tbody tr').length >= 12);
    await page.waitForFunction(() => document.querySelectorAll('app-dead-letters tbody tr').length >= 3);
    const path = `${folder}/dashboard-${colorScheme}.png`;
    const picture = await withPalette(page, await page.screenshot());
    await writeFile(path, picture);
    assert.ok(picture.length > 10_000 && picture.length < 80_000, `${path} has ${picture.length} bytes`);
    await page.context().close();
  });
}

/** Tabs to what has that name, as somebody without a mouse would. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let tabs = 0; tabs < 20; tabs++) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not come to "${name}"`);
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    return (element?.closest('label') ?? element)?.innerText.trim() ?? '';
  });
}
