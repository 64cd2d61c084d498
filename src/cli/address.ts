import { WrongUsage } from './stopped.js';

/** Where Redis is. */
export interface Address {
  /** May have a password: for the client alone. */
  readonly url: string;
  /** Without user and password: for people. */
  readonly shown: string;
}

const DEFAULT = 'redis://127.0.0.1:6379';
const EXPECTED =
  'a URL such as redis://host:6379, redis://user:password@host:6379/0 or rediss://host:6380 (it is not quoted here, since it may have a password)';

/** From `--url`, else `REDIS_URL`, else this machine. Quotes nothing of a wrong one. */
export function addressOf(option: string | undefined, env: Readonly<Record<string, string | undefined>>): Address {
  const fromEnv = env['REDIS_URL'] === '' ? undefined : env['REDIS_URL'];
  const [given, name] = option === undefined ? [fromEnv ?? DEFAULT, 'REDIS_URL'] : [option, '--url'];
  const url = parsed(given);
  if (url === undefined) throw new WrongUsage(`${name} must be ${EXPECTED}.`);
  if (url.searchParams.has('keyPrefix')) {
    throw new WrongUsage(
      `${name} has a keyPrefix, but streams are named in full here: leave it out, and put it in front of the names.`,
    );
  }
  const database = url.pathname.replace(/^\//, '');
  return {
    url: given,
    shown: `${url.hostname}:${url.port || 6379}${database === '' || database === '0' ? '' : ` (database ${database})`}`,
  };
}

function parsed(text: string): URL | undefined {
  try {
    const url = new URL(text);
    for (const part of [url.username, url.password]) decodeURIComponent(part); // throws where a % is none
    return /^rediss?:$/.test(url.protocol) && url.hostname !== '' && /^\/?\d*$/.test(url.pathname) ? url : undefined;
  } catch {
    return undefined; // the error would quote it
  }
}
