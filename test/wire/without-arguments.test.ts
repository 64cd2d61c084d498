import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { classify } from '../../src/wire/failures.js';
import { withoutArguments } from '../../src/wire/without-arguments.js';
import { everythingIn } from '../support/everything-in.js';
import { replyError } from './fake-client.js';

/** As the classes of ioredis look where a bundler has shortened their names. */
function shortened(message: string, command: { name: string; args: unknown[] }): Error {
  return Object.assign(new Error(message), { name: 't', command });
}

describe('withoutArguments', () => {
  it('keeps name, message, command name and where it came from; the error itself stays as it was', () => {
    const error = Object.assign(replyError('WRONGPASS invalid'), { command: { name: 'auth', args: ['me', 'secret'] } });
    error.stack = 'ReplyError: WRONGPASS secret\n    at one (a.js:1:1)\n  secret\n    at two (b.js:2:2)';
    const copy = withoutArguments(error);
    expect(copy).toMatchObject({ name: 'ReplyError', message: 'WRONGPASS invalid', command: { name: 'auth' } });
    expect(copy.stack).toBe('ReplyError: WRONGPASS invalid\n    at one (a.js:1:1)\n    at two (b.js:2:2)');
    expect(everythingIn(copy)).not.toContain('secret');
    expect(error.command.args).toEqual(['me', 'secret']);
  });

  it('a reply stays one, whatever its class is called', () => {
    const copy = withoutArguments(shortened('NOGROUP No such key', { name: 'xreadgroup', args: ['secret'] }));
    expect(classify(copy)).toMatchObject({ kind: 'heal', word: 'NOGROUP' });
    expect(copy.name).toBe('ReplyError');
  });

  it.each([
    ["ERR unknown command 'X', with args beginning with: 'secret' 'b' ", "ERR unknown command 'X'"],
    ['ERR unknown command `X`, with args beginning with: `secret`,\n`b`, ', 'ERR unknown command `X`'],
    ['getaddrinfo ENOTFOUND redis://user:secret@host:1', 'getaddrinfo ENOTFOUND <hidden>'],
    ['getaddrinfo ENOTFOUND user:secret@host', 'getaddrinfo ENOTFOUND <hidden>'],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'connect ECONNREFUSED 127.0.0.1:6379'],
    ["NOGROUP No such key 'a' or consumer group 'b'", "NOGROUP No such key 'a' or consumer group 'b'"],
  ])('what a message quotes: %j', (message, cut) => {
    const copy = withoutArguments(new Error(message));
    expect([copy.message, copy.stack?.split('\n')[0]]).toEqual([cut, `Error: ${cut}`]);
    expect(everythingIn(copy)).not.toContain('secret');
  });

  it('of an error of a socket what it is told by, and nothing else', () => {
    const known = { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname: 'user:secret@h', port: 1 };
    const cert = { subject: 'secret' };
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), known, {
      cert,
      buffer: Buffer.from('secret'),
      cause: 'secret',
    });
    const copy = withoutArguments(error);
    expect({ ...copy }).toEqual({ ...known, hostname: '<hidden>' });
    expect(classify(copy).kind).toBe('lost');
    expect(everythingIn(copy)).not.toContain('secret');
  });

  it('several addresses were tried: the messages of all', () => {
    const refused = ['::1', '127.0.0.1'].map((host) => new Error(`connect ECONNREFUSED ${host}`));
    const error = Object.assign(new AggregateError(refused), { code: 'ECONNREFUSED' });
    const copy = withoutArguments(error);
    expect(copy.message).toBe('connect ECONNREFUSED ::1; connect ECONNREFUSED 127.0.0.1');
    expect(copy).toMatchObject({ name: 'AggregateError', code: 'ECONNREFUSED' });
  });

  it('an error of another realm, and what is no error', () => {
    expect(withoutArguments(runInNewContext("new Error('x')"))).toMatchObject({ name: 'Error', message: 'x' });
    const copies = ['secret', undefined, null, { toString: undefined }].map(withoutArguments);
    expect(copies.map(({ message }) => message)).toEqual(
      ['string', 'undefined', 'object', 'object'].map((type) => `the client failed with something that is no Error (${type})`),
    );
  });
});
