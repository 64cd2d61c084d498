/** Run by `marbles-runners.test.ts`, with the runner of Node: the kit knows no test runner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ackAfter, backlogFirst } from 'rxjs-redis-streams';
import { createMarbles } from 'rxjs-redis-streams/testing';

const marbles = createMarbles(assert.deepEqual);

void test('acks by frame', () => {
  marbles.run(({ group, expectObservable, expectReads, expectSettled, pending }) => {
    const source = group({ backlog: 'a', live: '--b--' }).pipe(backlogFirst());
    expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('a-b');
    expectSettled(source).toBe('a-b');
    expectReads(source).toBe('b-', { b: 'backlog 100' }); // wrong: live reads follow
    assert.throws(() => pending(), /live 100/);
  });
});
