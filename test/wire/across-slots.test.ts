import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Arg } from '../../src/wire/client.js';
import { createPort } from '../../src/wire/ioredis.js';
import { createLetters } from '../../src/wire/letters.js';
import { FakeClient, replyError } from './fake-client.js';

const me = { stream: 'orders', group: 'g', consumer: 'c' };
const letters = ['1-0', '2-0', '3-0'].map((id) => ({ id, name: 'Error', message: `no ${id}` }));
const BYTES = Buffer.from([0xff, 0x00]);

/** 1-0 is ours and there, 2-0 is somebody else's, 3-0 is ours and gone. */
function cluster(failing?: { at: string; once: boolean }) {
  let failed = false;
  const acked = new Set<string>();
  const answer = (name: string, args: readonly Arg[]): unknown => {
    if (name === failing?.at && !(failing.once && failed)) {
      failed = true;
      return Promise.reject(replyError('CLUSTERDOWN'));
    }
    if (name === 'XPENDING') return args[2] === '2-0' || acked.has(String(args[2])) ? [] : [[args[2], 'c', 5, 4]];
    if (name === 'XRANGE') return args[1] === '3-0' ? [] : [[Buffer.from('1-0'), [BYTES, BYTES]]];
    if (name === 'TIME') return ['1795633514', '706000'];
    if (name === 'EVALSHA') acked.add(String(args.at(-1)));
    return name === 'EVALSHA' ? [args.at(-1)] : 'OK';
  };
  const client = new FakeClient(answer);
  client.isCluster = true;
  return client;
}

const names = (client: FakeClient): string[] => client.sent.map((each) => each.split(' ')[0] as string);

describe('a dead-letter stream in another slot', () => {
  it('gets the entry before it is acked, with where it came from; what is gone is only acked, what is not ours is left', async () => {
    const client = cluster();
    expect(await firstValueFrom(createPort(client).deadLetter({ ...me, to: 'dead', entries: letters }))).toEqual({
      moved: ['1-0'],
      gone: ['3-0'],
    });
    expect(names(client)).toEqual(['XPENDING', 'XRANGE', 'TIME', 'XADD', 'EVALSHA', 'XPENDING', 'XPENDING', 'XRANGE', 'EVALSHA']);
    const added = client.sent.find((each) => each.startsWith('XADD'));
    expect(added).toContain(
      'dead-letter.stream orders dead-letter.group g dead-letter.consumer c dead-letter.id 1-0 dead-letter.deliveries 4 ' +
        'dead-letter.time 1795633514706 dead-letter.error Error dead-letter.message no 1-0',
    );
  });

  it.each([
    ['XADD', 1],
    ['EVALSHA', 2],
  ])('%s fails: tried again, nothing is lost, and the entry is there %i time(s)', async (at, times) => {
    const client = cluster({ at, once: true });
    const put = () => firstValueFrom(createPort(client).deadLetter({ ...me, to: 'dead', entries: letters.slice(0, 1) }));
    await expect(put()).rejects.toThrow('CLUSTERDOWN');
    expect(await put()).toEqual({ moved: ['1-0'], gone: [] });
    const added = names(client).filter((name) => name === 'XADD').length - (at === 'XADD' ? 1 : 0);
    expect(added).toBe(times);
  });

  it('in the same slot, or on one server, it is one script', async () => {
    const client = new FakeClient(() => [['1-0'], []]);
    client.isCluster = true;
    await firstValueFrom(createPort(client).deadLetter({ ...me, stream: '{a}1', to: '{a}2', entries: letters }));
    client.isCluster = false;
    await firstValueFrom(createPort(client).deadLetter({ ...me, to: 'dead', entries: letters }));
    expect(names(client)).toEqual(['EVALSHA', 'EVALSHA']);
  });
});

it('letters are put back first, and deleted then; without the fields that were added', async () => {
  const origin = Array.from({ length: 8 }, () => [Buffer.from('name'), Buffer.from('value')]).flat();
  const client = new FakeClient((name, args) => {
    if (name === 'XRANGE') return args[1] === '2-0' ? [] : [[Buffer.from('1-0'), [BYTES, BYTES, ...origin]]];
    return 'OK';
  });
  client.isCluster = true;
  const put = createLetters(client).putBack({ stream: 'dead', to: 'orders', ids: ['1-0', '2-0'] });
  expect(await firstValueFrom(put)).toEqual(['1-0']);
  expect(client.sent).toEqual([
    'XRANGE dead 1-0 1-0',
    `XADD orders * ${String(BYTES)} ${String(BYTES)}`,
    'XDEL dead 1-0',
    'XRANGE dead 2-0 2-0',
  ]);
});
