import { describe, expect, test } from 'vitest';
import type { Notice } from '../../src/notices.js';
import type { GroupPlan, Plan } from '../../src/plan.js';
import { part } from '../../src/sources/part.js';
import { FakePort, replyError, type Answers } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';

function setUp(group: Partial<GroupPlan>, answers: Answers) {
  const port = new FakePort(answers);
  const plan: Plan = { ...PLAN, group: { ...GROUP, ...group } };
  const told: Notice[] = [];
  let done = false;
  part(['a', 'b'], plan, port, (notice) => told.push(notice)).subscribe({ complete: () => (done = true) });
  return { asked: port.args<{ stream: string; group: string; consumer: string }>('removeConsumer'), told, done };
}

describe.each<[string, Partial<GroupPlan>]>([
  ['a generated name', { generated: true }],
  ["removeConsumer: 'when-empty'", { removeConsumer: 'when-empty' }],
])('%s', (_, group) => {
  test('is removed from every stream, by the script that looks at its pending list, where that is empty', () => {
    const { asked, told, done } = setUp(group, { removeConsumer: ({ stream }: { stream: string }) => stream === 'a' });
    expect(asked).toEqual(['a', 'b'].map((stream) => ({ stream, group: 'g', consumer: 'me' })));
    expect(told).toEqual([{ type: 'consumer-removed', stream: 'a', consumer: 'me' }]);
    expect(done).toBe(true);
  });

  test('stays where the script is refused, which is told, and the next stream is asked', () => {
    const error = replyError('NOPERM no permissions to run the evalsha command');
    const removeConsumer = ({ stream }: { stream: string }) => {
      if (stream === 'a') throw error;
      return true;
    };
    const { told, done } = setUp(group, { removeConsumer });
    expect(told).toEqual([
      { type: 'consumer-kept', stream: 'a', consumer: 'me', error },
      { type: 'consumer-removed', stream: 'b', consumer: 'me' },
    ]);
    expect(done).toBe(true);
  });
});

test('a name of its own stays by default: nothing is sent', () => {
  expect(setUp({}, {})).toEqual({ asked: [], told: [], done: true });
});
