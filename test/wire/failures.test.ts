import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { StreamsError } from '../../src/errors.js';
import { classify, ConnectionLost, isNoSuchKey, toStreamsError } from '../../src/wire/failures.js';
import { replyError } from './fake-client.js';

const system = (code: string, syscall?: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, ...(syscall && { syscall }) });

describe('classify', () => {
  it.each([
    new ConnectionLost('gone'),
    new Error('Connection is closed.'),
    new Error('Command timed out'),
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    new Error("Socket timeout. Expecting data, but didn't receive any in 300ms."),
    new Error('All sentinels are unreachable and retry is disabled. Last error: connect ECONNREFUSED'),
    Object.assign(new Error('Reached the max retries per request limit (which is 1).'), { name: 'MaxRetriesPerRequestError' }),
    Object.assign(new Error('Command aborted due to connection close'), { name: 'AbortError', command: { name: 'xack' } }),
    system('ECONNREFUSED', 'connect'),
    system('ECONNRESET', 'read'),
    system('ENOENT', 'connect'),
    system('EAI_AGAIN', 'getaddrinfo'),
    system('ETIMEDOUT'),
    system('EPIPE', 'write'),
  ])('lost: $message', (error) => {
    expect(classify(error)).toEqual({ kind: 'lost', word: '', error });
  });

  it('what is no reply is lost, whoever read it', () => {
    const ours = new StreamsError('PROTOCOL', 'no reply');
    expect(classify(ours)).toEqual({ kind: 'lost', word: '', error: ours });
    for (const text of ['Protocol error, got "x" as reply type byte', 'Unknown RESP type 120 "x"']) {
      expect(classify(new Error(`${text}. Please report this.`))).toMatchObject({ kind: 'lost', error: { code: 'PROTOCOL' } });
    }
    expect(classify(replyError('ERR Protocol error, got nothing'))).toMatchObject({ kind: 'fatal' });
  });

  it.each(
    'LOADING READONLY MASTERDOWN CLUSTERDOWN TRYAGAIN BUSY NOREPLICAS OOM MOVED ASK MISCONF'
      .split(' ')
      .map((word) => [word] as const),
  )('retry: %s', (word) => {
    const error = replyError(`${word} and so on`);
    expect(classify(error)).toEqual({ kind: 'retry', word, error });
  });

  it.each([['NOGROUP No such key'], ['UNBLOCKED the stream key no longer exists'], ['NOGROUP']])('heal: %s', (message) => {
    expect(classify(replyError(message))).toMatchObject({ kind: 'heal', word: message.split(' ')[0] });
  });

  it.each([
    ['NOAUTH x'],
    ['WRONGPASS x'],
    ['NOPERM x'],
    ['WRONGTYPE x'],
    ['ERR syntax error'],
    ['SOMETHING new'],
    ['constructor x'],
  ])('fatal: %s', (message) => {
    expect(classify(replyError(message))).toMatchObject({ kind: 'fatal', word: message.split(' ')[0] });
  });

  it('a full server is a matter of time', () => {
    expect(classify(replyError('ERR max number of clients reached'))).toMatchObject({ kind: 'retry', word: 'ERR' });
  });

  it('reads no words in errors that are no replies, and no connection texts in replies', () => {
    expect(classify(new Error('LOADING my module failed'))).toMatchObject({ kind: 'fatal', word: '' });
    expect(classify(new TypeError('x is not a function'))).toMatchObject({ kind: 'fatal', word: '' });
    expect(classify(replyError('Connection is closed.'))).toMatchObject({ kind: 'fatal' });
    expect(classify(system('CERT_HAS_EXPIRED'))).toMatchObject({ kind: 'fatal' });
  });

  it('knows a reply by the command it carries, where class names were shortened', () => {
    const error = Object.assign(new Error('NOGROUP No such key'), { name: 't', command: { name: 'xreadgroup', args: [] } });
    expect(classify(error)).toMatchObject({ kind: 'heal', word: 'NOGROUP' });
  });

  it('takes errors of another realm, as sockets have in Jest', () => {
    const error = runInNewContext(
      "Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })",
    ) as Error;
    expect(error instanceof Error).toBe(false);
    expect(classify(error)).toEqual({ kind: 'lost', word: '', error });
  });

  it.each([['text'], [undefined], [null], [{ toString: undefined }]])('is total: %j', (thrown) => {
    const { kind, error } = classify(thrown);
    expect(kind).toBe('fatal');
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe(`something that is no Error was thrown (${typeof thrown})`);
  });
});

it('isNoSuchKey', () => {
  expect(isNoSuchKey(replyError('ERR no such key'))).toBe(true);
  expect(isNoSuchKey(replyError('ERR The XGROUP subcommand requires the key to exist. Note that …'))).toBe(true);
  expect(isNoSuchKey(replyError('ERR syntax error'))).toBe(false);
  expect(isNoSuchKey(new Error('ERR no such key'))).toBe(false);
});

describe('toStreamsError', () => {
  const context = { doing: 'read', stream: 'orders', group: 'billing' };

  it.each([
    [replyError('NOGROUP No such key'), 'NO_GROUP', /XGROUP CREATE orders billing \$ MKSTREAM/],
    [replyError('NOAUTH Authentication required.'), 'NOT_ALLOWED', /password/],
    [replyError('WRONGPASS invalid'), 'NOT_ALLOWED', /password/],
    [replyError('NOPERM no permissions to run'), 'NOT_ALLOWED', /ACL GETUSER/],
    [replyError('WRONGTYPE Operation against a key'), 'WRONG_TYPE', /TYPE orders/],
    [replyError('ERR syntax error'), 'REFUSED', /ERR syntax error/],
    [new TypeError('no'), 'REFUSED', /no/],
    [new Error('Connection is closed.'), 'REFUSED', /Connection is closed/],
  ])('%s', (cause, code, message) => {
    const error = toStreamsError(classify(cause), context);
    expect(error).toBeInstanceOf(StreamsError);
    expect(error).toMatchObject({ code, cause });
    expect(error.message).toMatch(/^could not read \(stream 'orders' group 'billing'\): /);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(cause.message.replace(/\.$/, ''));
    expect(error.message).not.toContain('..');
  });

  it('an ended client', () => {
    const error = toStreamsError(classify(new Error('Connection is closed.')), { doing: 'join the group', ended: true });
    expect(error).toMatchObject({ code: 'CLIENT_ENDED' });
    expect(error.message).toMatch(/^could not join the group: Connection is closed\. .*whenIdle/);
  });

  it('leaves our own errors alone', () => {
    const error = new StreamsError('NO_DEAD_LETTER', 'x');
    expect(toStreamsError(classify(error), context)).toBe(error);
  });
});
