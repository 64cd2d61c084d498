/** Whoever had the name before may have died in a block that the server goes on to serve: its entries are looked for in the end. */
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import { batch, IN_GROUP, replied, Script, streams, WITH_BACKLOG } from './script.js';

const joined = (plan: Plan, owed?: ConstructorParameters<typeof Script>[1]) => {
  const at = plan.streams.map(({ stream }) => ({ stream, from: '5-0', created: false }));
  return new Script(plan, owed).at(100).play({ type: 'start' }, { type: 'joined', at });
};

test('a consumer that asks for its backlog looks once more when a block as long as its own has run out', () => {
  const script = joined(WITH_BACKLOG);
  expect(script.did).toEqual(['notice joined', 'watch-nacks', 'timer recheck', 'connect']);
  expect(script.timer('recheck')).toBe(1_250);
  script.play({ type: 'connected', clientId: 7 }, replied());
  expect(script.find('read')?.read.kind).toBe('live'); // meanwhile it reads as ever
  script.at(1_350).play({ type: 'timer', name: 'recheck' }, replied());
  expect(script.find('reconcile')).toEqual({ do: 'reconcile', floors: [['s', '5-0']], most: 4 });
  script.play({ type: 'reconciled', found: [batch('s', '6-0')], more: false });
  expect(script.find('emit')).toMatchObject({ origin: 'recovered', batch: batch('s', '6-0') });
  expect(script.find('watch-nacks')).toEqual({ do: 'watch-nacks', on: false });
  expect(script.state.loss).toBeUndefined();
});

test('of several streams in each, and of one that is added later, from then on', () => {
  const script = joined({ ...WITH_BACKLOG, ...streams('a', 'b') });
  expect(script.state.loss).toEqual({
    blocked: [],
    certain: false,
    floors: [
      ['a', '5-0'],
      ['b', '5-0'],
    ],
    until: 1_350,
    due: false,
  });
  script.play(
    { type: 'connected', clientId: 7 },
    replied(),
    { type: 'stream-added', stream: 'c', start: undefined, owed: undefined },
    replied(),
  );
  script.at(500).play({ type: 'joined', at: [{ stream: 'c', from: '9-0', created: false }] });
  expect(script.state.loss).toMatchObject({ until: 1_750, due: false });
  expect(script.state.loss?.floors).toContainEqual(['c', '9-0']);
  expect(script.timer('recheck')).toBe(1_250);
});

test('on top of a loss that an earlier subscription left, which is looked for at once as before', () => {
  const script = joined(WITH_BACKLOG, { floors: [['s', '3-0']], anchors: [], wait: 50, takeover: [] });
  expect(script.state.loss).toEqual({ blocked: [undefined], certain: true, floors: [['s', '3-0']], until: 1_350, due: true });
  expect(script.did).toEqual(['notice joined', 'connect']);
  script.play({ type: 'connected', clientId: 7 }, replied());
  expect(script.find('reconcile')).toMatchObject({ floors: [['s', '3-0']] });
  script.play({ type: 'reconciled', found: [], more: false });
  expect(script.timer('recheck')).toBe(1_250);
});

test('a group that vanishes before that is made again where we stand: what the dead one was handed has gone with it', () => {
  const script = joined(WITH_BACKLOG)
    .play({ type: 'connected', clientId: 7 }, replied(), replied(batch('s', '8-0')))
    .window();
  script.fail('heal').play({ type: 'timer', name: 'backoff' });
  expect(script.find('heal')?.anchors).toEqual([['s', '8-0']]);
});

test('a group that vanished begins anew, and so does what is looked for', () => {
  const script = joined(WITH_BACKLOG).play({ type: 'connected', clientId: 7 }, replied());
  script.fail('heal').play({ type: 'timer', name: 'backoff' }, { type: 'healed', at: [{ stream: 's', from: '0-0' }] });
  expect(script.state.loss?.floors).toEqual([['s', '0-0']]);
});

describe('nobody else looks', () => {
  const { group } = WITH_BACKLOG;
  test.each<[string, Plan]>([
    ['without the backlog: it is somebody else who answers for the name', IN_GROUP],
    ['drained: it would have to wait', { ...WITH_BACKLOG, until: 'drained' }],
    ['without acks: there is no pending list', { ...WITH_BACKLOG, group: group && { ...group, noAck: true } }],
    ['without a group', { ...WITH_BACKLOG, group: undefined }],
  ])('%s', (_, plan) => {
    const script = joined(plan);
    expect(script.state.loss).toBeUndefined();
    expect(script.did).toEqual(['notice joined', 'connect']);
  });
});
