import { describe, expect, test } from 'vitest';
import { batch, goneBatch, IN_GROUP, replied, Script, streams, takeover } from './script.js';

/** The reply of a read is lost at `now`, and there is a new connection. */
function cut(script: Script, now = 0): Script {
  return script.at(now).fail('lost').play({ type: 'timer', name: 'backoff' }, { type: 'connected', clientId: 8 });
}

describe('the connection is lost in the middle of a block', () => {
  test('the old one is closed and unblocked, nacks are watched, and its entries are looked for on a new one', () => {
    const script = new Script().connected().at(100).fail('lost');
    expect(script.did).toEqual(['cancel watchdog', 'disconnect', 'unblock', 'watch-nacks', 'notice retrying', 'timer backoff']);
    expect(script.find('unblock')).toEqual({ do: 'unblock', clientId: 7 });
    expect(script.play({ type: 'timer', name: 'backoff' }).did).toEqual(['connect']);
    expect(script.play({ type: 'connected', clientId: 8 }).effects).toEqual([
      { do: 'reconcile', floors: [['s', '5-0']], most: 4 },
    ]);
  });

  test('each new connection tells who reads its replies', () => {
    const script = new Script().connected().fail('lost').play({ type: 'timer', name: 'backoff' });
    script.play({ type: 'connected', clientId: 8, reader: 'own' });
    expect(script.effects[0]).toEqual({ do: 'notice', notice: { type: 'connected', reader: 'own' } });
    expect(script.did).toEqual(['notice connected', 'reconcile']);
    // too late
    expect(script.play({ type: 'connected', clientId: 9, reader: 'client' }).did).toEqual([]);
  });

  test('what is found is told and emitted; it is looked for once more when the block has run out', () => {
    const script = cut(new Script().connected(), 100);
    script.at(150).play({ type: 'reconciled', found: [batch('s', '6-0', '7-0')], more: false });
    expect(script.effects).toEqual([
      { do: 'notice', notice: { type: 'recovered', stream: 's', ids: ['6-0', '7-0'], after: 'lost-reply' } },
      { do: 'timer', name: 'recheck', ms: 1_200 },
      { do: 'emit', batch: batch('s', '6-0', '7-0'), origin: 'recovered' },
      { do: 'count' },
    ]);
    script.window({ held: 2 });
    expect(script.tag).toBe('reading');
    script.at(1_350).play({ type: 'timer', name: 'recheck' }, replied());
    expect(script.find('reconcile')?.floors).toEqual([['s', '5-0']]);
    script.play({ type: 'reconciled', found: [], more: false });
    expect(script.did).toEqual(['watch-nacks', 'timer watchdog', 'read']);
    expect(script.state.loss).toBeUndefined();
  });

  test('what was found counts as read: the next lost reply held none of it, and a group made again begins behind it', () => {
    const script = new Script().connected().fail('lost').at(2_000);
    script
      .play({ type: 'timer', name: 'backoff' }, { type: 'connected', clientId: 8 })
      .play({ type: 'reconciled', found: [batch('s', '9-0')], more: false })
      .window({ held: 1 });
    cut(script, 3_000);
    expect(script.find('reconcile')?.floors).toEqual([['s', '9-0']]);
    script.fail('heal').play({ type: 'timer', name: 'backoff' });
    expect(script.find('heal')?.anchors).toEqual([['s', '9-0']]);
  });

  test('found below what was read, in a stream made anew with smaller ids, it is where we stand from now on', () => {
    const script = cut(new Script().connected());
    script.play({ type: 'reconciled', found: [batch('s', '3-0', '4-0')], more: false }).window({ held: 2 });
    cut(script, 1_000);
    expect(script.find('reconcile')?.floors).toEqual([['s', '4-0']]);
  });

  test('when there is more than room, it is gone on with as room comes, and nothing is read before', () => {
    const script = cut(new Script().connected());
    script.play({ type: 'reconciled', found: [batch('s', '6-0', '7-0', '8-0', '9-0')], more: true });
    expect(script.timer('recheck')).toBeUndefined();
    expect(script.window({ held: 4 }).did).toEqual(['timer stall']);
    expect(script.window({ held: 3, settled: 1 }).effects).toEqual([{ do: 'reconcile', floors: [['s', '5-0']], most: 1 }]);
  });

  test('entries that are gone from the stream are acked away', () => {
    const script = cut(new Script().connected()).play({ type: 'reconciled', found: [goneBatch('s', '6-0')], more: false });
    expect(script.find('ack-away')).toEqual({ do: 'ack-away', stream: 's', ids: ['6-0'] });
    expect(script.find('emit')).toBeUndefined();
  });

  test('lost again before it was looked for: the lowest floor, and the latest end', () => {
    const script = cut(new Script({ ...IN_GROUP, ...streams('a', 'b') }).connected(), 0);
    script.play({ type: 'reconciled', found: [], more: false }, replied(batch('a', '8-0'))).window();
    cut(script, 500);
    expect(script.state.loss).toEqual({
      floors: [
        ['a', '5-0'],
        ['b', '5-0'],
      ],
      until: 1_750,
      due: true,
      blocked: [7, 8],
      certain: true,
    });
  });

  test.each([
    ['without a group', { group: undefined }],
    ['at most once', { group: { ...(IN_GROUP.group ?? expect.fail()), noAck: true } }],
  ])('%s nothing is looked for', (_, plan) => {
    const script = cut(new Script({ ...IN_GROUP, ...plan }).connected());
    expect(script.did).toEqual(['timer watchdog', 'read']);
  });

  test('while nothing was read, it is only made anew', () => {
    const script = new Script().play({ type: 'start' }, { type: 'joined', at: [{ stream: 's', from: '5-0', created: false }] });
    script.fail('lost');
    expect(script.did).toEqual(['disconnect', 'notice retrying', 'timer backoff']);
    expect(script.state.loss).toBeUndefined();
  });
});

test('a lost reply that an earlier subscription left is looked for until its server has surely let go', () => {
  const script = new Script(IN_GROUP, { anchors: [], floors: [['s', '3-0']], wait: 300, takeover: [] }).at(1_000).connected();
  expect(script.find('reconcile')).toMatchObject({ floors: [['s', '3-0']] });
  script.at(1_100).play({ type: 'reconciled', found: [], more: false });
  expect(script.timer('recheck')).toBe(200);
  script.at(1_300).play({ type: 'timer', name: 'recheck' }, replied(), { type: 'reconciled', found: [], more: false });
  expect(script.state.loss).toBeUndefined();
});

describe('taking over', () => {
  const owed = { anchors: [], floors: [], wait: 0, takeover: [{ stream: 's', ids: ['1-0', '2-0'] }] };

  test('what an earlier subscription left comes again, as far as it still is ours', () => {
    const script = new Script(IN_GROUP, owed).connected();
    script.play({ type: 'took-over', found: batch('s', '2-0').entries });
    expect(script.effects).toEqual([
      { do: 'forget', stream: 's', ids: ['1-0'] },
      { do: 'notice', notice: { type: 'recovered', stream: 's', ids: ['2-0'], after: 'takeover' } },
      { do: 'emit', batch: batch('s', '2-0'), origin: 'recovered' },
      { do: 'count' },
    ]);
    expect(script.state.takeover).toEqual([]);
  });

  test('that did not happen is owed to the next', () => {
    const script = new Script(IN_GROUP, owed).connected().play({ type: 'stop', why: 'unsubscribed' }).fail('lost').window();
    expect(script.play({ type: 'parted' }).find('close')?.owed.takeover).toEqual(owed.takeover);
  });

  test('that comes after the stop is given back: its count was raised for nothing', () => {
    const script = new Script(IN_GROUP, owed).connected().play({ type: 'stop', why: 'unsubscribed' });
    script.play({ type: 'took-over', found: batch('s', '2-0').entries });
    expect(script.find('release')?.batch).toEqual(batch('s', '2-0'));
    expect(script.window().play({ type: 'parted' }).find('close')?.owed.takeover).toEqual([]);
  });

  test('that does not come back in time after the stop is owed to the next', () => {
    const script = new Script(IN_GROUP, owed).connected().play({ type: 'stop', why: 'unsubscribed' });
    expect(script.timer('grace')).toBeDefined();
    script.play({ type: 'timer', name: 'grace' }).window();
    expect(script.play({ type: 'parted' }).find('close')?.owed.takeover).toEqual(owed.takeover);
  });

  test('is tried again after a lost connection, and told where it is not allowed', () => {
    const script = new Script(IN_GROUP, owed).connected().fail('lost').play({ type: 'timer', name: 'backoff' });
    expect(script.find('take-over')?.takeover).toEqual(takeover('s', '1-0', '2-0'));
    script.fail('fatal');
    expect(script.find('notice')?.notice).toMatchObject({ type: 'not-taken-over', ids: ['1-0', '2-0'] });
    expect(script.tag).toBe('reading');
  });
});
