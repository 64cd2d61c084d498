import { map, NEVER, retry, take, takeUntil, timer } from 'rxjs';
import { ackAfter, bufferRefill, redeliver, untilDrained, type Delivery } from 'rxjs-redis-streams';
import { expect, test } from 'vitest';
import { came, marbles, notebook, takes } from '../support/marbles.js';

const values = map(({ value }: { value: string }) => value);

test('untilDrained(): completes with the first read that finds nothing', () => {
  marbles.run(({ group, streams, expectObservable, expectReads, expectSettled }) => {
    const source = group({ live: '(abc)d' }).pipe(bufferRefill({ size: 2 }), untilDrained());
    expectReads(source).toBe('  2--1--1--1');
    expectSettled(source).toBe('---a--b--c--d');
    expectObservable(source.pipe(ackAfter(takes(3)))).toBe('---a--b--c--(d|)');

    const entries = streams({ history: 'xyz', from: '0' }).pipe(untilDrained());
    expectObservable(entries.pipe(values)).toBe('(xyz|)');
    expectObservable(group({}).pipe(untilDrained())).toBe('|');
  });
});

test('untilDrained({ timeout }): the last read waits for one more', () => {
  marbles.run(({ group, expectObservable }) => {
    const source = group({ live: '-a---b----------c' }).pipe(untilDrained({ timeout: 8 }));
    expectObservable(source.pipe(values)).toBe('-a---b-------|');
  });
});

test('drained: what was fetched is worked off first', () => {
  marbles.run(({ group, expectObservable, expectSettled, now, flush }) => {
    const { notify, told } = notebook(now);
    const source = group({ live: '(ab)-', options: { notify } }).pipe(untilDrained());
    expectObservable(source.pipe(ackAfter(takes(4)))).toBe('----a---(b|)');
    expectSettled(source).toBe('----a---b');
    flush();
    expect(told).toEqual(['0 joined', '0 closing drained', '4 acked 1-0', '8 acked 2-0', '8 closed']);
  });
});

test('drained: drainTimeout bounds silence, not the work', () => {
  const timedOut = expect.objectContaining({ code: 'DRAIN_TIMEOUT' });
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const source = group({ live: '(abcd)', options: { drainTimeout: 5 } });
    expectObservable(source.pipe(untilDrained(), ackAfter(takes(4)))).toBe('----a---b---c---(d|)');
    expectSettled(source).toBe('----a---b---c---d');
  });
  marbles.run(({ group, expectObservable }) => {
    const source = group({ live: '(ab)', options: { drainTimeout: 5 } }).pipe(untilDrained());
    const once = ({ value }: Delivery<string>) => (value === 'a' ? timer(4).pipe(map(() => value)) : NEVER);
    expectObservable(source.pipe(ackAfter(once))).toBe('----a----#', undefined, timedOut);
  });
  marbles.run(({ group, signal, expectObservable }) => {
    const source = group({ live: '(abcd)', options: { drainTimeout: 5, signal: signal('-|') } });
    expectObservable(source.pipe(ackAfter(takes(4)))).toBe('----a-#', undefined, timedOut);
  });
});

test('a signal: reading ends at once, and what waits in the stage runs', () => {
  marbles.run(({ group, signal, expectObservable, expectReads, pending }) => {
    const source = group({ live: '-(abc)-d', options: { signal: signal('---|') } });
    expectObservable(source.pipe(ackAfter(takes(4), { concurrency: 2 }))).toBe('-----(ab)(c|)');
    expectReads(source).toBe('rs', { r: 100, s: 97 });
    expect(pending(source)).toEqual([]);
  });
});

test('a signal cannot be undone by retry(): the next subscription completes', () => {
  marbles.run(({ group, signal, expectObservable }) => {
    const source = group({ live: '-a--b', options: { signal: signal('---|') } });
    const failing = source.pipe(
      ackAfter(() => timer(5).pipe(map(() => JSON.parse('no') as unknown))),
      retry(),
    );
    expectObservable(failing).toBe('------|');
  });
});

test('takeUntil above the stage: what runs ends, what was not begun is given back', () => {
  marbles.run(({ group, cold, expectObservable, expectSettled, pendingList }) => {
    const source = group({ live: '-(abc)-' });
    expectObservable(source.pipe(takeUntil(cold('---x')), ackAfter(takes(7)))).toBe('--------(a|)');
    expectSettled(source).toBe('---(xy)-a', { x: 'release b', y: 'release c' });
    expect(pendingList(source).map(({ name, count }) => [name, count])).toEqual([
      ['b', 0],
      ['c', 0],
    ]);
  });
});

test('take below the stage loses no ack', () => {
  marbles.run(({ group, expectObservable, pendingList }) => {
    const source = group({ live: '-(abc)-' });
    expectObservable(source.pipe(ackAfter(takes(2)), take(2))).toBe('---a-(b|)');
    expect(pendingList(source).map(({ name, count }) => [name, count])).toEqual([['c', 0]]);
  });
});

test('the next subscription of the same consumer waits for the one before and takes over what it left', () => {
  marbles.run(({ group, expectObservable, pendingList }) => {
    const source = group({ live: '-(ab)--' });
    expectObservable(source.pipe(ackAfter(takes(9))), '^---!').toBe('');
    // a was begun and left, b was not begun: its delivery is the first again
    expectObservable(source.pipe(ackAfter(came)), '----^').toBe('----(ab)', { a: 'a recovered 2', b: 'b recovered 1' });
    expect(pendingList(source)).toEqual([]);
  });
});

test('a second subscription while the first is alive is refused', () => {
  marbles.run(({ group, expectObservable }) => {
    const source = group({ live: '-a--b' });
    expectObservable(source.pipe(values)).toBe('-a--b');
    expectObservable(source, '--^').toBe('--#', undefined, expect.objectContaining({ code: 'CONSUMER_IN_USE' }));
    // two consumers of one group share its entries
    const other = source.with({ consumer: 'other' });
    expectObservable(other.pipe(values), '--^').toBe('');
  });
});

test("onInvalid: 'reject' without a dead-letter stream: refused at each subscription, before any read; redeliver() and with() bring one", () => {
  marbles.run(({ group, expectObservable, expectReads, pendingList }) => {
    const source = group({ live: '-a', options: { onInvalid: 'reject' } });
    const refused = expect.objectContaining({
      code: 'NO_DEAD_LETTER',
      message:
        "onInvalid is \"reject\", but there is no dead-letter stream to put an entry on: give redeliver() a deadLetter, or set onInvalid to 'skip' or 'error'.",
    });
    expectObservable(source.pipe(redeliver(), ackAfter(came))).toBe('#', undefined, refused);
    expectObservable(source.pipe(values), '--^').toBe('--#', undefined, refused);
    expectReads(source).toBe('');
    expect(pendingList(source)).toEqual([]);
  });
  marbles.run(({ group, expectObservable }) => {
    const source = group({ live: '-a', options: { onInvalid: 'reject' } });
    expectObservable(source.pipe(redeliver({ deadLetter: 'dead' }), values)).toBe('-a');
  });
  marbles.run(({ group, expectObservable }) => {
    const source = group({ live: '-a', options: { onInvalid: 'reject' } });
    expectObservable(source.with({ onInvalid: 'skip' }).pipe(values)).toBe('-a');
  });
});

test('the end of the client: an error at once, and no waiting', () => {
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const source = group({ live: '-(ab)--', faults: '---Q' });
    const error = expect.objectContaining({ code: 'CLIENT_ENDED' });
    expectObservable(source.pipe(ackAfter(takes(5)))).toBe('---#', undefined, error);
    expectSettled(source).toBe('---(xy)', { x: 'release b', y: 'leave a' });
  });
});
