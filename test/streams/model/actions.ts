import fc from 'fast-check';
import type { Outcome } from '../../../src/settlement.js';
import type { Event, TimerName } from '../../../src/streams/events.js';
import { ZERO } from '../../../src/streams/position.js';
import type { Pipeline, Walk } from './walk.js';

export const STREAMS = ['a', 'b', 'c'] as const;

/** What goes; `anew`: with smaller ids from then on; `by-other`: the group is made again by somebody else, before we notice. */
type Destruction = 'group' | 'key' | 'key-anew' | 'key-anew-by-other';

const stream = fc.constantFrom(...STREAMS);
const index = fc.nat({ max: 20 });
const act = <T extends string>(name: T) => fc.record({ do: fc.constant(name) });
const when = <T extends string, A extends Record<string, unknown>>(name: T, record: { [K in keyof A]: fc.Arbitrary<A[K]> }) =>
  fc.record({ do: fc.constant(name), ...record }) as unknown as fc.Arbitrary<{ do: T } & A>;

/** Events that are late, early or meant for somebody else. */
const stray: fc.Arbitrary<Event> = fc.oneof(
  fc.constantFrom<Event>({ type: 'start' }, { type: 'unblocked', was: true }, { type: 'unblocked', was: false }),
  fc
    .constantFrom<TimerName>('quiet', 'stall', 'recheck', 'claim', 'redeliver', 'alone')
    .map((name): Event => ({ type: 'timer', name })),
);

const run = when<'run', { times: number }>('run', { times: fc.integer({ min: 1, max: 4 }) });

export const action = fc.oneof(
  {
    weight: 12,
    arbitrary: when<'add', { stream: string; count: number }>('add', { stream, count: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 14, arbitrary: act('execute') },
  { weight: 14, arbitrary: act('answer') },
  { weight: 12, arbitrary: run },
  { weight: 10, arbitrary: when<'advance', { ms: number }>('advance', { ms: fc.constantFrom(1, 5, 10, 50, 200, 1_000, 6_000) }) },
  {
    weight: 16,
    arbitrary: when<'settle', { index: number; as: Outcome }>('settle', {
      index,
      as: fc.constantFrom<Outcome>('acked', 'acked', 'acked', 'nacked', 'nacked', 'left', 'released', 'rejected'),
    }),
  },
  { weight: 4, arbitrary: act('settle-all') },
  { weight: 4, arbitrary: when<'take', { index: number }>('take', { index }) },
  {
    weight: 4,
    arbitrary: when<'pipeline', { is: Pipeline }>('pipeline', { is: fc.constantFrom('hold', 'hold', 'take', 'ack', 'stop') }),
  },
  { weight: 8, arbitrary: act('ack-send') },
  { weight: 4, arbitrary: act('ack-execute') },
  { weight: 8, arbitrary: act('ack-land') },
  { weight: 2, arbitrary: act('ack-lose') },
  { weight: 5, arbitrary: act('cut') },
  { weight: 3, arbitrary: when<'outage', { late: number }>('outage', { late: fc.constantFrom(0, 0, 300, 1_500) }) },
  { weight: 2, arbitrary: when<'half-open', { on: boolean }>('half-open', { on: fc.boolean() }) },
  { weight: 2, arbitrary: when<'arrives', { on: boolean }>('arrives', { on: fc.boolean() }) },
  { weight: 4, arbitrary: when<'fail', { kind: 'lost' | 'retry' }>('fail', { kind: fc.constantFrom('lost', 'retry') }) },
  { weight: 2, arbitrary: when<'delete', { stream: string; index: number }>('delete', { stream, index }) },
  {
    weight: 2,
    arbitrary: when<'destroy', { stream: string; how: Destruction }>('destroy', {
      stream,
      how: fc.constantFrom<Destruction>('group', 'group', 'key', 'key-anew', 'key-anew-by-other'),
    }),
  },
  { weight: 2, arbitrary: when<'swapped', { stream: string }>('swapped', { stream }) },
  {
    weight: 2,
    arbitrary: when<'other', { stream: string; count: number }>('other', { stream, count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: when<'steal', { stream: string; index: number }>('steal', { stream, index }) },
  {
    weight: 1,
    arbitrary: when<'stop', { why: 'signal' | 'unsubscribed' }>('stop', { why: fc.constantFrom('signal', 'unsubscribed') }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'undecodable' } as const, { do: 'fatal' } as const) },
  {
    weight: 5,
    arbitrary: when<'unblock', { how: 'run' | 'lost' | 'refused' }>('unblock', {
      how: fc.constantFrom('run', 'run', 'lost', 'refused'),
    }),
  },
  { weight: 4, arbitrary: act('parted') },
  { weight: 3, arbitrary: act('subscribe') },
  { weight: 3, arbitrary: act('want') },
  { weight: 1, arbitrary: when<'stream-added', { stream: string }>('stream-added', { stream }) },
  { weight: 2, arbitrary: when<'stray', { event: Event }>('stray', { event: stray }) },
);

/** The same, with more of what a pull consumer is asked for: requests, streams, closing and opening anew. */
export const pullAction = fc.oneof(
  { weight: 16, arbitrary: action },
  { weight: 6, arbitrary: act('want') },
  { weight: 6, arbitrary: run },
  { weight: 2, arbitrary: when<'stream-added', { stream: string }>('stream-added', { stream }) },
  { weight: 1, arbitrary: act('reopen') },
  { weight: 1, arbitrary: act('refuse-added') },
);

/** The same, with lists of streams that change. */
export const listAction = fc.oneof(
  { weight: 16, arbitrary: action },
  { weight: 4, arbitrary: run },
  { weight: 2, arbitrary: when<'stream-listed', { stream: string }>('stream-listed', { stream }) },
  { weight: 2, arbitrary: when<'stream-left', { stream: string }>('stream-left', { stream }) },
);

export type Action = typeof pullAction | typeof listAction extends fc.Arbitrary<infer A> ? A : never;

function pick<T>(all: Iterable<T>, at: number): T | undefined {
  const list = [...all];
  return list[at % Math.max(list.length, 1)];
}

/** One thing that happens. */
export function happen(walk: Walk, event: Action): void {
  const { server, performer } = walk;
  walk.touch();
  switch (event.do) {
    case 'add':
      for (let i = 0; i < event.count; i++) server.add(event.stream);
      return;
    case 'execute':
      return performer.execute();
    case 'answer':
      return performer.answer();
    case 'run':
      for (let i = 0; i < event.times; i++) {
        performer.execute();
        performer.answer();
      }
      return;
    case 'advance':
      return walk.advance(event.ms);
    case 'settle': {
      const hold = pick(walk.home.holds, event.index);
      // Without a dead-letter stream it would throw.
      const as = event.as === 'rejected' && walk.plan.group?.redeliver === undefined ? 'left' : event.as;
      if (hold) walk.home.settle(hold, as);
      return walk.changed();
    }
    case 'settle-all':
      for (const hold of [...walk.home.holds]) walk.home.settle(hold, 'acked');
      return walk.changed();
    case 'take': {
      const hold = pick(walk.home.holds, event.index);
      if (hold) walk.home.take(hold);
      return;
    }
    case 'pipeline':
      walk.pipeline = event.is;
      return;
    case 'ack-send':
      return walk.home.send();
    case 'ack-execute':
      return walk.home.execute();
    case 'ack-land':
      walk.home.land();
      return walk.changed();
    case 'ack-lose':
      walk.home.lose();
      return walk.changed();
    case 'cut':
      return performer.cut();
    case 'outage':
      // A command that is late, a reply that is lost, a server that does not notice, and no way to tell it.
      walk.advance(event.late);
      performer.execute();
      performer.halfOpen = true;
      performer.cut();
      for (const _ of walk.unblocks.splice(0)) walk.dispatch({ type: 'unblocked', was: false });
      return;
    case 'half-open':
      performer.halfOpen = event.on;
      return;
    case 'arrives':
      performer.arrives = event.on;
      return;
    case 'fail':
      return event.kind === 'lost' ? performer.lose() : performer.refuse(event.kind);
    case 'fatal':
      return performer.refuse('fatal');
    case 'undecodable':
      return walk.dispatch({ type: 'undecodable', failure: { kind: 'fatal', word: '', error: new Error('undecodable') } });
    case 'delete': {
      const id = pick(server.streams.get(event.stream)?.ids ?? [], event.index);
      if (id !== undefined) server.remove(event.stream, id);
      return;
    }
    case 'destroy':
      walk.destroyed(event.stream);
      server.destroy(event.stream, { key: event.how !== 'group', anew: event.how.includes('anew') });
      if (event.how !== 'key-anew-by-other' || walk.plan.group === undefined) return;
      server.createGroup(event.stream, ZERO);
      // If nobody notices, we believe to stand above all of it: should it vanish again, all of it comes again.
      walk.incomplete.add(event.stream);
      return;
    case 'swapped':
      // A key is made anew while a read is on its way to it, and the reply gets lost.
      happen(walk, { do: 'destroy', stream: event.stream, how: 'key-anew-by-other' });
      server.add(event.stream);
      performer.execute();
      return performer.cut();
    case 'other':
      for (const id of server.other(event.stream, event.count)) walk.gone.add(`${event.stream} ${id}`);
      return;
    case 'steal': {
      const row = pick(server.streams.get(event.stream)?.group?.pending ?? [], event.index);
      if (row === undefined) return;
      row[1].consumer = 'other';
      row[1].since = server.now;
      walk.mayReturn.add(`${event.stream} ${row[0]}`);
      walk.gone.add(`${event.stream} ${row[0]}`);
      return;
    }
    case 'stop':
      return event.why === 'signal' ? walk.dispatch({ type: 'stop', why: 'signal' }) : walk.stop();
    case 'unblock': {
      const id = walk.unblocks.shift();
      if (id === undefined) return;
      if (event.how === 'refused') return walk.dispatch({ type: 'unblock-refused' });
      if (event.how === 'lost') return walk.dispatch({ type: 'unblocked', was: false });
      return walk.dispatch({ type: 'unblocked', was: server.unblock(id), clientId: id });
    }
    case 'parted':
      if (!walk.parting) return;
      walk.parting = false;
      return walk.dispatch({ type: 'parted' });
    case 'subscribe':
      if (walk.owed !== undefined) walk.subscribe();
      return;
    case 'want':
      if (walk.plan.demand === 'pull' && walk.owed === undefined) walk.dispatch({ type: 'wanted' });
      return;
    case 'stream-added':
      if (walk.plan.demand === 'pull') walk.addStream(event.stream);
      return;
    case 'stream-listed':
      return walk.addStream(event.stream);
    case 'stream-left':
      return walk.leaveStream(event.stream);
    case 'reopen':
      walk.stop();
      walk.advance(walk.plan.drainTimeout);
      return walk.subscribe();
    case 'refuse-added':
      if (performer.out?.work.do === 'join' && walk.state.unjoined.length === 0) performer.refuse('fatal');
      return;
    case 'stray':
      return walk.dispatch(event.event);
  }
}
