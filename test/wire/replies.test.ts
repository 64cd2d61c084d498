import { describe, expect, it } from 'vitest';
import { listOf } from '../../src/flat.js';
import * as replies from '../../src/wire/replies.js';

const bytes = (text: string) => Buffer.from(text);

describe('streams', () => {
  const rows = [['1-0', ['f', 'v']], ['2-0', null]]; // prettier-ignore
  const parsed = [
    { id: '1-0', pairs: ['f', 'v'] },
    { id: '2-0', pairs: null },
  ];
  const both = [
    { stream: 'a', entries: parsed },
    { stream: 'b', entries: [] },
  ];

  it.each([
    ['nested', [['p:a', rows], ['p:b', []]]], // prettier-ignore
    ['flat', ['p:a', rows, 'p:b', []]],
    ['object', { 'p:a': rows, 'p:b': [] }],
    ['Map', new Map([['p:a', rows], ['p:b', []]] as [string, unknown][])], // prettier-ignore
    ['Buffers as keys', [bytes('p:a'), rows, bytes('p:b'), []]],
  ])('%s', (_, reply) => {
    expect(replies.streams(reply, 'p:')).toEqual(both);
  });

  it.each([[null], [undefined], [[]]])('nothing: %s', (reply) => {
    expect(replies.streams(reply, '')).toEqual([]);
  });

  it('an empty history', () => {
    expect(replies.streams([['a', []]], '')).toEqual([{ stream: 'a', entries: [] }]);
    expect(replies.streams([['a', null]], '')).toEqual([{ stream: 'a', entries: [] }]);
  });

  it('entries of three and four elements', () => {
    const reply = [['a', [['1-0', ['f', 'v'], 154, 1], ['2-0', ['f', 'w'], 0]]]]; // prettier-ignore
    expect(replies.streams(reply, '')).toEqual([
      {
        stream: 'a',
        entries: [
          { id: '1-0', pairs: ['f', 'v'] },
          { id: '2-0', pairs: ['f', 'w'] },
        ],
      },
    ]);
  });

  it('passes a list of strings on as it came, hostile and repeated names included', () => {
    const fields = ['__proto__', 'x', 'f', '1', 'f', '2'];
    expect(replies.streams([['a', [['1-0', fields]]]], '')[0]?.entries[0]?.pairs).toBe(fields);
  });

  it('bytes: names and ids become text, values stay bytes', () => {
    const value = Buffer.from([0xff, 0, 0xfe]);
    const reply = [[bytes('a'), [[bytes('1-0'), [bytes('né'), value, bytes('e'), bytes('')]]]]];
    const entry = replies.streams(reply, '')[0]?.entries[0];
    expect(entry).toEqual({ id: '1-0', pairs: ['né', value, 'e', bytes('')] });
    expect(listOf(entry?.pairs ?? [])[1]).toBe(value);
  });

  it('fields as an object or a Map', () => {
    expect(replies.entries([['1-0', { f: 'v' }], ['2-0', new Map([['g', 'w']])]])).toEqual([
      { id: '1-0', pairs: ['f', 'v'] },
      { id: '2-0', pairs: ['g', 'w'] },
    ]); // prettier-ignore
  });

  it('a key without the prefix, and a prefix that is the whole key', () => {
    expect(replies.streams([['a', []], ['p:', []]], 'p:').map(({ stream }) => stream)).toEqual(['a', '']); // prettier-ignore
  });

  it.each([
    ['content', 'a string'],
    [7, 'a number'],
    [[['a', 'content']], 'a string'],
    [[['a', ['content']]], 'a string'],
    [bytes('content'), 'an object (Buffer)'],
  ])('what is no such reply is refused, and not quoted: %j', (reply, kind) => {
    expect(() => replies.streams(reply, '')).toThrow(`Redis replied with ${kind} where a list was expected`);
  });
});

describe('pendingRows', () => {
  it('reads owner, idle time and count; an entry nobody owns; a count beyond safe integers, as text', () => {
    expect(
      replies.pendingRows([
        ['1-0', 'c', 5, 2],
        ['2-0', '', -1, '9223372036854775807'],
        ['3-0', 'c', '6', 9223372036854776000],
      ]),
    ).toEqual([
      { id: '1-0', consumer: 'c', idle: 5, count: 2 },
      { id: '2-0', consumer: '', idle: -1, count: 2 ** 63 },
      { id: '3-0', consumer: 'c', idle: 6, count: 2 ** 63 },
    ]);
  });
});

describe('record', () => {
  it.each([
    ['flat', ['name', 'g', 'pending', 0, 'lag', null]],
    ['object', { name: 'g', pending: 0, lag: null }],
    ['Map', new Map(Object.entries({ name: 'g', pending: 0, lag: null }))],
    ['nested', [['name', 'g'], ['pending', 0], ['lag', null]]], // prettier-ignore
  ])('%s', (_, reply) => {
    expect([...replies.named(reply)]).toEqual([['name', 'g'], ['pending', 0], ['lag', null]]); // prettier-ignore
  });
});

it('what the scripts reply', () => {
  expect(replies.ids(['1-0', bytes('2-0')])).toEqual(['1-0', '2-0']);
  expect(replies.taken([['1-0', ['f', 'v'], 3], [bytes('2-0'), null, '2']])).toEqual([
    { id: '1-0', pairs: ['f', 'v'], attempt: 3 },
    { id: '2-0', pairs: null, attempt: 2 },
  ]); // prettier-ignore
});
