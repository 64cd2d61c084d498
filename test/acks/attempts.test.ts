import { Subject, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Attempts } from '../../src/acks/attempts.js';
import type { Notice } from '../../src/notices.js';
import { FakePort, replyError, socketError } from '../support/fake-port.js';

function setUp() {
  const port = new FakePort();
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const told: Notice[] = [];
  let retries = 0;
  const attempts = new Attempts({
    port,
    scheduler,
    dice: () => 1,
    tell: (notice) => told.push(notice),
    retry: () => (retries += 1),
  });
  return {
    port,
    scheduler,
    told,
    attempts,
    retries: () => retries,
    wait: (ms: number) => {
      scheduler.maxFrames += ms;
      scheduler.flush();
    },
    /** A command that is answered by hand. */
    sent: () => {
      const command = new Subject<number>();
      const heard: unknown[] = [];
      attempts.track(command, { landed: (reply) => heard.push(reply), failed: (error) => heard.push(error) });
      return { command, heard };
    },
  };
}

describe('whether a command is sent again', () => {
  test('with growing delays, each told, until it is calm', () => {
    const { attempts, told, retries, wait } = setUp();
    const error = socketError();
    for (const delay of [50, 100, 200]) {
      expect(attempts.again('ack', error)).toBe(true);
      expect(attempts.failing).toBe(true);
      wait(delay);
      expect(attempts.failing).toBe(false);
    }
    expect(told).toEqual([50, 100, 200].map((delay, i) => ({ type: 'retrying', what: 'ack', attempt: i + 1, delay, error })));
    expect(retries()).toBe(3);
    attempts.calm();
    attempts.again('give-back', error);
    expect(told.at(-1)).toMatchObject({ what: 'give-back', attempt: 1, delay: 50 });
  });

  test('never after more than 5 s', () => {
    const { attempts, told, wait } = setUp();
    for (let i = 0; i < 12; i++) {
      attempts.again('ack', socketError());
      wait(5_000);
    }
    expect(told.at(-1)).toMatchObject({ attempt: 12, delay: 5_000 });
  });

  test('several that fail together have one timer, one notice and one attempt', () => {
    const { attempts, told, retries, wait } = setUp();
    expect([attempts.again('ack', socketError()), attempts.again('dead-letter', socketError())]).toEqual([true, true]);
    expect(told).toHaveLength(1);
    wait(1_000);
    expect(retries()).toBe(1);
  });

  test.each<[string, unknown]>([
    ['refused for good', replyError('NOPERM no')],
    ['a group that is gone', replyError('NOGROUP no')],
    ['no error at all', 'text'],
  ])('not after %s', (_, cause) => {
    const { attempts, told, scheduler } = setUp();
    expect(attempts.again('ack', cause)).toBe(false);
    expect([told, attempts.failing, scheduler.actions.length]).toEqual([[], false, 0]);
  });

  test('not on a client that has ended', () => {
    const { attempts, port, scheduler } = setUp();
    port.ended = true;
    expect(attempts.again('ack', socketError())).toBe(false);
    expect(scheduler.actions).toHaveLength(0);
  });
});

describe('the end', () => {
  test('given up: no timer, and nobody listens to what is out', () => {
    const { attempts, sent, scheduler, retries, wait } = setUp();
    const { command, heard } = sent();
    attempts.again('ack', socketError());
    attempts.later(scheduler, 10, () => heard.push('later'));
    attempts.giveUp();
    expect(command.observed).toBe(false);
    wait(1_000);
    expect([retries(), heard]).toEqual([0, []]);
    attempts.later(scheduler, 10, () => heard.push('later still'));
    wait(1_000);
    expect(heard).toEqual([]);
  });

  test('finished: nothing is tried twice, what is out lands, and what comes is done at once', () => {
    const { attempts, sent, scheduler, retries, wait } = setUp();
    const out = sent();
    attempts.again('ack', socketError());
    attempts.finish();
    expect([attempts.failing, attempts.again('ack', socketError())]).toEqual([false, false]);
    attempts.later(scheduler, 10, () => out.heard.push('at once'));
    wait(1_000);
    out.command.next(1);
    const late = sent();
    late.command.next(2);
    expect([out.heard, late.heard, retries()]).toEqual([['at once', 1], [2], 0]);
  });
});
