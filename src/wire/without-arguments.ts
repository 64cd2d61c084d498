import { isError, isReply } from './failures.js';

/** What errors of sockets and name lookup tell beside their message, and what they are classified by. */
const KEPT = ['code', 'errno', 'syscall', 'address', 'port', 'hostname'] as const;

/** Redis and its proxies quote what was sent when they do not know a command. */
const QUOTED = /,? with args beginning with:.*$/s;

/** A URL, or `user:password@`, that somebody gave as a host: name lookup and sockets quote it. */
const CREDENTIALS = /[a-z][a-z0-9+.-]*:\/\/\S+|[^\s'"]*:[^\s'"]*@[^\s'"]*/gi;

/**
 * A client's error as we pass it on: a copy without what was sent. ioredis hangs the command with its arguments on its errors, so the
 * fields of entries, and after WRONGPASS the password; a protocol error has the reply. The client's own error stays as it is. What is
 * no error of its realm, or none at all, becomes one.
 */
export function withoutArguments(thrown: unknown): Error {
  if (!isError(thrown)) return new Error(`the client failed with something that is no Error (${typeof thrown})`);
  const copy = new Error(clean(messageOf(thrown)));
  // As the copy has no class: a reply is told by this name.
  const name = isReply(thrown) ? 'ReplyError' : thrown.name;
  const { command } = thrown as { command?: { name?: unknown } | null };
  Object.defineProperties(copy, {
    name: { value: name, configurable: true, writable: true },
    stack: { value: stackOf(thrown, `${name}: ${copy.message}`), configurable: true, writable: true },
  });
  if (typeof command?.name === 'string') Object.assign(copy, { command: { name: command.name } });
  for (const key of KEPT) {
    const value = (thrown as unknown as Record<string, unknown>)[key];
    if (typeof value === 'number') Object.assign(copy, { [key]: value });
    if (typeof value === 'string') Object.assign(copy, { [key]: clean(value) });
  }
  return copy;
}

function clean(text: string): string {
  return text.replace(QUOTED, '').replace(CREDENTIALS, '<hidden>');
}

/** Where several addresses were tried (`AggregateError`) the message is empty, and each of the errors has its own. */
function messageOf(error: Error & { errors?: unknown }): string {
  if (error.message !== '' || !Array.isArray(error.errors)) return error.message;
  return error.errors.map((each) => (isError(each) ? each.message : typeof each)).join('; ');
}

/** The stack begins with the message: only where it came from is kept. */
function stackOf({ stack }: Error, title: string): string {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [title, ...frames].join('\n');
}
