/** Whatever is killed, every order stands on the page once and in order. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch, openPage, recorded, recordedTo, recordOf, shown } from './support/open-page.js';
import { ordersAt } from './support/orders-at.js';
import type { Server } from './support/server.js';
import { startApi } from './support/start-api.js';
import { startRedis } from './support/start-redis.js';

const KILLS = 10;
const RATE = 500;

let browser: Browser;
before(async () => void (browser = await launch()));
after(() => browser.close());

for (const killed of ['api', 'redis'] as const) {
  test(`${killed} is killed and started again ${KILLS} times, at ${RATE} orders a second`, async (t) => {
    const redis = await stoppedAfter(t, startRedis());
    const api = await stoppedAfter(t, startApi({ redis: redis.url }));
    const { page, errors } = await openPage(browser, `${api.url}/?record&from=0-0`);
    const orders = ordersAt(redis.url, { rate: RATE });
    t.after(() => orders.close());

    let seen = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      await recorded(page, seen + RATE); // it has caught up, or is at it
      // a lost API the page tells at once; while Redis is away its responses stay open
      await (killed === 'api' ? api.restart({ noticed: () => shown(page, 'connecting') }) : redis.restart());
      await shown(page, 'open');
      seen = (await recordOf(page)).length;
    }
    await recorded(page, seen + RATE);

    const { ids, perSecond } = await orders.stop();
    await recordedTo(page, ids.at(-1)!);
    const record = await recordOf(page);
    t.diagnostic(`${ids.length} orders, ${perSecond} a second`);
    assert.deepEqual(oddIn(record, { ids }), { missing: [], repeated: [], unknown: [], late: [] });
    assert.deepEqual(errors, []);
  });
}

/** What is not there, what is there more than once, what Redis does not have, and what came behind a newer one: the first few of it. */
function oddIn(record: string[], { ids }: { ids: string[] }): { [odd in 'missing' | 'repeated' | 'unknown' | 'late']: string[] } {
  const there = new Set(record);
  const places = new Map(ids.map((id, i) => [id, i]));
  const missing = ids.filter((id) => !there.has(id));
  const repeated = record.filter((id) => !there.delete(id));
  const unknown = record.filter((id) => !places.has(id));
  const known = record.filter((id) => places.has(id));
  const late = known.filter((id, i) => i > 0 && Number(places.get(id)) < Number(places.get(known[i - 1]!)));
  const few = (odd: string[]): string[] => odd.slice(0, 5);
  return { missing: few(missing), repeated: few(repeated), unknown: few(unknown), late: few(late) };
}

async function stoppedAfter(t: TestContext, starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  t.after(() => server.stop());
  return server;
}
