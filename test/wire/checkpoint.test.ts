import { setImmediate as turn } from 'node:timers/promises';
import type { Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { CheckpointStore, Position } from '../../src/checkpoint.js';
import { createPort } from '../../src/wire/ioredis.js';
import { OPEN_CHECKPOINT, SAVE_POSITIONS } from '../../src/wire/checkpoint-scripts.js';
import { FakeClient, never, replyError } from './fake-client.js';
import { nothingUnhandled } from '../support/nothing-unhandled.js';

nothingUnhandled();

/** What a command answers, or how it fails; 'pending' as long as it has done neither. */
function outcome(command: Observable<unknown>) {
  let is: unknown = 'pending';
  const subscription = command.subscribe({ next: (value) => (is = value), error: (error: unknown) => (is = error) });
  return {
    get is() {
      return is;
    },
    drop: () => subscription.unsubscribe(),
  };
}
const positions = new Map<string, Position>([
  ['a', { id: '5-0', added: 7 }],
  ['b', { id: '6-1', added: undefined }],
]);

describe('a store of the caller’s', () => {
  const open = (load: CheckpointStore['load'], streams = ['a', 'b']) =>
    outcome(createPort(new FakeClient()).openCheckpoint({ checkpoint: { load, save: () => undefined }, streams }));
  const save = (save: CheckpointStore['save'], rewind = false) =>
    outcome(createPort(new FakeClient()).savePositions({ checkpoint: { load: () => undefined, save }, positions, rewind }));

  test('nothing is called before subscribe, and nothing is sent to Redis', () => {
    const client = new FakeClient();
    const asked: unknown[] = [];
    const checkpoint: CheckpointStore = { load: (streams) => void asked.push(streams), save: (...of) => asked.push(of) };
    const port = createPort(client);
    const [opening, saving] = [
      port.openCheckpoint({ checkpoint, streams: ['a', 'b'] }),
      port.savePositions({ checkpoint, positions, rewind: true }),
    ];
    expect(asked).toEqual([]);
    outcome(opening);
    outcome(saving);
    expect(asked).toEqual([
      ['a', 'b'],
      [Object.assign(Object.create(null) as object, { a: '5-0', b: '6-1' }), { rewind: true }],
    ]);
    expect(client.sent).toEqual([]);
  });

  test.each<[what: string, loaded: unknown, stored: [string, string][]]>([
    ['nothing', undefined, []],
    ['null', null, []],
    ['an empty object', {}, []],
    ['one of two, and one that nobody asked for', { b: '6-1', c: '7-0' }, [['b', '6-1']]],
    ['an id without a sequence', { a: '5' }, [['a', '5-0']]],
    ['gaps in it', { a: undefined, b: null }, []],
    ['only what is inherited', Object.create({ a: '5-0' }), []],
  ])('load() gives %s', (_, loaded, stored) => {
    expect(open(() => loaded as never).is).toEqual(new Map(stored.map(([stream, id]) => [stream, { id, added: undefined }])));
  });

  test('a stream may be called like what every object has', () => {
    const loaded = JSON.parse('{"__proto__": "5-0", "constructor": "6-0"}') as Record<string, string>;
    expect(open(() => loaded, ['__proto__', 'constructor', 'toString']).is).toEqual(
      new Map([
        ['__proto__', { id: '5-0', added: undefined }],
        ['constructor', { id: '6-0', added: undefined }],
      ]),
    );
  });

  test.each<[loaded: unknown, message: string]>([
    ['5-0', 'load() gave "5-0", but must give an object'],
    [{ a: 5 }, 'stream a is 5, but must be an id'],
    [{ a: '$' }, 'stream a is "$"'],
    [{ b: 'junk' }, 'stream b is "junk"'],
    [{ a: '18446744073709551616-0' }, 'stream a is "18446744073709551616-0"'],
  ])('load() gives %j: an error that says so', (loaded, message) => {
    expect(open(() => loaded as never).is).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining(message) as string,
    });
  });

  test('promises are awaited', async () => {
    const [loading, saving] = [open(() => Promise.resolve({ a: '5-0' })), save(() => Promise.resolve())];
    expect([loading.is, saving.is]).toEqual(['pending', 'pending']);
    await turn();
    expect([loading.is, saving.is]).toEqual([new Map([['a', { id: '5-0', added: undefined }]]), 'saved']);
  });

  test.each([
    [undefined, 'saved'],
    [true, 'saved'],
    [0, 'saved'],
    [{ rowCount: 1 }, 'saved'],
    [false, 'taken'],
  ])('save() gives %j: %s', async (kept, answer) => {
    expect(save(() => kept).is).toBe(answer);
    const later = save(() => Promise.resolve(kept));
    await turn();
    expect(later.is).toBe(answer);
  });

  test('what it throws or rejects with is a failed command, also when nobody listens any more', async () => {
    const error = new Error('disk full');
    const refuse = (): never => {
      throw error;
    };
    expect([open(refuse).is, save(refuse).is]).toEqual([error, error]);
    const [kept, dropped] = [save(() => Promise.reject(error)), save(() => Promise.reject(error))];
    dropped.drop();
    await turn();
    expect([kept.is, dropped.is]).toEqual([error, 'pending']);
    save(() => never).drop();
  });
});

describe('a hash', () => {
  const commands = (answer: (name: string) => unknown) => {
    const client = new FakeClient(answer);
    return { client, port: createPort(client) };
  };

  test('is opened and saved by scripts, under one owner for each port', async () => {
    const { client, port } = commands(() => 1);
    const other = createPort(client);
    for (const each of [port, port, other]) outcome(each.savePositions({ checkpoint: 'reports', positions, rewind: false }));
    outcome(port.openCheckpoint({ checkpoint: 'reports', streams: ['a', 'b'] }));
    outcome(port.savePositions({ checkpoint: 'reports', positions, rewind: true }));
    await turn();
    const owners = client.sent.map((line) => line.split(' ')[4]);
    expect(new Set(owners).size).toBe(2);
    expect(owners[2]).not.toBe(owners[0]);
    const [owner] = owners;
    expect([client.sent[0], ...client.sent.slice(3)]).toEqual([
      `EVALSHA ${SAVE_POSITIONS.sha} 1 reports ${owner} forward a 5-0 7 b 6-1`,
      `EVALSHA ${OPEN_CHECKPOINT.sha} 1 reports ${owner} a b`,
      `EVALSHA ${SAVE_POSITIONS.sha} 1 reports ${owner} rewind a 5-0 7 b 6-1`,
    ]);
  });

  test.each([
    [0, 'taken'],
    [1, 'saved'],
    [2, 'anew'],
  ])('the script answers %j: %s', async (reply, saved) => {
    const { port } = commands(() => reply);
    const answered = outcome(port.savePositions({ checkpoint: 'reports', positions, rewind: false }));
    await turn();
    expect(answered.is).toBe(saved);
  });

  test('what is stored is read with its count; what somebody else wrote there is an error, or an id', async () => {
    const opened = async (...stored: unknown[]) => {
      const { port } = commands(() => stored);
      const answered = outcome(port.openCheckpoint({ checkpoint: 'reports', streams: ['a', 'b'] }));
      await turn();
      return answered.is;
    };
    expect(await opened('5-0 7', null)).toEqual(new Map([['a', { id: '5-0', added: 7 }]]));
    expect(await opened('5', Buffer.from('6-1'))).toEqual(
      new Map([
        ['a', { id: '5-0', added: undefined }],
        ['b', { id: '6-1', added: undefined }],
      ]),
    );
    expect(await opened(null, 'yesterday')).toMatchObject({
      message: expect.stringContaining('stream b is "yesterday"') as string,
    });
  });

  test('a refusal of the server is passed on', async () => {
    const refusal = replyError('WRONGTYPE Operation against a key');
    const { port } = commands(() => {
      throw refusal;
    });
    const answered = outcome(port.openCheckpoint({ checkpoint: 'reports', streams: ['a'] }));
    await turn();
    expect(answered.is).toMatchObject({ name: refusal.name, message: refusal.message });
  });
});
