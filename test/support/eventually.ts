import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until the condition holds, looking every 5 ms; what it throws counts as not yet. Fails with `what`, and with what the condition
 * said last, after `within` ms (10 s by default).
 */
export async function eventually(
  condition: () => unknown,
  what: string,
  { within = 10_000 }: { within?: number } = {},
): Promise<void> {
  for (const deadline = Date.now() + within; ; await sleep(5)) {
    let last: unknown;
    try {
      last = await condition();
    } catch (error) {
      last = error;
    }
    if (last === true) return;
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what} (last: ${String(last)})`);
  }
}
