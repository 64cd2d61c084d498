import { shortly } from '../duration.js';
import type { Finding } from './finding.js';

/** ms that a stream lives on; undefined: for good. */
export interface Lifetime {
  readonly stream: string;
  readonly ttl: number | undefined;
}

/** May Redis drop a stream by itself: because memory is short, or because the key expires? */
export function evictionFindings(info: ReadonlyMap<string, string>, lifetimes: readonly Lifetime[]): Finding[] {
  const policy = info.get('maxmemory_policy');
  const limited = Number(info.get('maxmemory') ?? 0) > 0;
  const mortal = lifetimes.filter(({ ttl }) => ttl !== undefined);
  return [...ofPolicy(policy, { limited, mortal: mortal.length }), ...mortal.map(ofLifetime)];
}

function ofPolicy(policy: string | undefined, { limited, mortal }: { limited: boolean; mortal: number }): Finding[] {
  const about = 'eviction';
  if (policy === undefined) return [{ level: 'unknown', about, text: 'the server does not tell its maxmemory-policy' }];
  if (policy === 'noeviction') return [{ level: 'ok', about, text: 'maxmemory-policy is noeviction: no stream is dropped' }];
  const cure = 'CONFIG SET maxmemory-policy noeviction, or a Redis of their own for streams.';
  if (policy.startsWith('volatile')) {
    if (mortal === 0)
      return [{ level: 'ok', about, text: `maxmemory-policy is ${policy}, and no stream here has a time to live` }];
    const what = `maxmemory-policy is ${policy}: when memory is short, streams with a time to live are dropped, with their groups`;
    return [
      { level: limited ? 'warn' : 'note', about, text: limited ? what : `${what}; at present maxmemory is 0, no limit`, cure },
    ];
  }
  const what = `maxmemory-policy is ${policy}: when memory is short, whole streams are dropped, with their groups`;
  if (limited) return [{ level: 'bad', about, text: what, cure }];
  return [{ level: 'note', about, text: `${what}; at present maxmemory is 0, no limit`, cure }];
}

function ofLifetime({ stream, ttl = 0 }: Lifetime): Finding {
  const text = `${stream} expires in ${shortly(ttl)}, with its entries and groups`;
  return { level: 'warn', about: 'eviction', text, cure: `PERSIST ${stream}, if that is not meant.` };
}
