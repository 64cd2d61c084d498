/** Exit code 2, and one sentence that says what, with which value, and what to do; without a connection. */
import { expect, test } from 'vitest';
import { offline } from '../support/command-line.js';

const SECRET = 'S3CRET';

test.each<[argv: string, says: string]>([
  ['tial orders', 'There is no command "tial": tail, groups, lag, pending, replay, dead-letters, doctor. See --help.'],
  ['tail', 'Missing: one stream or more.'],
  ['tail orders --older 3s', 'There is no option --older: see tail --help.'],
  ['tail orders -x', 'There is no option -x: see tail --help.'],
  ['tail orders --from', '--from needs a value: --from <place>.'],
  ['tail orders --from --json', '--from needs a value: --from <place>.'],
  [
    'tail orders --from -10',
    '--from is "-10", but must be an id such as 1526919030474-55, 0 (the beginning), $ (the end), or a duration such as -10m.',
  ],
  [
    'tail orders --grep (',
    '--grep is "(", but must be a regular expression of JavaScript (Invalid regular expression: /(/u: Unterminated group).',
  ],
  ['tail orders --count 0', '--count is "0", but must be a whole number from 1.'],
  ['tail orders --json=yes', '--json takes no value: leave out what follows the "=".'],
  ['lag --every 5', '--every is "5", but must be a duration from 100ms, such as 500ms, 30s, 10m, 2h or 1d.'],
  ['lag --every 1ms', '--every is "1ms", but must be a duration from 100ms, such as 500ms, 30s, 10m, 2h or 1d.'],
  ['pending --older soon', '--older is "soon", but must be a duration, such as 500ms, 30s, 10m, 2h or 1d.'],
  ['pending --poison 1.5', '--poison is "1.5", but must be a whole number from 1.'],
  ['replay orders', 'Missing: --into <stream>, where the entries are added.'],
  ['replay one two --into three', '"two" is one too many: expected one stream.'],
  ['dead-letters orders:dead', 'Missing: list or requeue, and the dead-letter stream.'],
  ['dead-letters empty orders:dead', '"empty" is nothing that can be done with dead letters: list or requeue.'],
  ['dead-letters list orders:dead --yes', '--yes is for requeue: list changes nothing.'],
  ['dead-letters requeue orders:dead --limit 3', '--limit is for list: requeue puts back all there are.'],
  [
    'doctor --uses fromGroup,fly',
    '--uses has "fly", but must name some of: fromStreams, checkpoint, closing, fromGroup, autoCreate, backlogFirst, claimIdle, redeliver, forwardTo, publishTo, removeConsumer, groupLag, replayDeadLetters.',
  ],
])('%s', async (argv, says) => {
  expect(await offline.run(argv.split(' '))).toEqual({ code: 2, out: '', err: `${says}\n` });
});

test('an empty name', async () => {
  expect(await offline.run(['tail', ''])).toEqual({
    code: 2,
    out: '',
    err: 'Name no. 1 is "", but must be one stream or more.\n',
  });
});

test.each([
  ['groups', '--url', `redis://:${SECRET}@host:port`],
  ['groups', '--url', `http://:${SECRET}@host`],
  ['groups', '--url', `redis://:${SECRET}%ZZ@host`],
  ['groups', '--url', `redis://:${SECRET}@host/name`],
  ['groups', '--url', `redis://:${SECRET}@host?keyPrefix=shop:`],
  ['groups', '--url', SECRET],
  ['groups', `redis://:${SECRET}@host`],
  ['groups', `--ulr=redis://:${SECRET}@host`],
  [`redis://:${SECRET}@host`, 'groups'],
])('quotes nothing of a URL: %s %s', async (...argv) => {
  const { code, out, err } = await offline.run(argv);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^[^\n]{20,}\.\n$/);
  expect(err).not.toContain(SECRET);
});

test('the same of REDIS_URL, which is told by its name', async () => {
  const { code, err } = await offline.run(['groups'], { env: { REDIS_URL: `redis//:${SECRET}@host` } });
  expect(code).toBe(2);
  expect(err).toMatch(/^REDIS_URL must be a URL such as redis:/);
  expect(err).not.toContain(SECRET);
});
