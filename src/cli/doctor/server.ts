import type { Finding } from './finding.js';

/** The lines `name:value` of INFO. */
export function infoOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const at = line.indexOf(':');
    return at > 0 && !line.startsWith('#') ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
  });
  return new Map(lines);
}

/** Which server it is: told, and nothing is concluded from it. */
export function serverFindings(info: ReadonlyMap<string, string>): Finding[] {
  const valkey = info.get('valkey_version');
  const version = valkey === undefined ? `Redis ${info.get('redis_version') ?? 'of an unknown version'}` : `Valkey ${valkey}`;
  const mode = info.get('redis_mode') ?? info.get('server_mode') ?? 'standalone';
  const found: Finding[] = [{ level: 'ok', about: 'server', text: `${version}, ${mode}` }];
  if (mode !== 'cluster') return found;
  const text = 'this is one node of a Cluster, and only what is on this node is looked at';
  return [...found, { level: 'note', about: 'server', text, cure: 'Run it once for each master.' }];
}

/** What a capability is good for, and what was found by asking the server for it. */
export interface Capability {
  readonly name: string;
  readonly is: 'there' | 'missing' | 'unknown';
  /** What goes without. */
  readonly without: string;
  /** A feature does not work at all without. */
  readonly needed: boolean;
}

export function capabilityFindings(capabilities: readonly Capability[]): Finding[] {
  return capabilities.map(({ name, is, without, needed }) => {
    if (is === 'there') return { level: 'ok', about: 'capability', text: `${name} is there` };
    if (is === 'unknown')
      return { level: 'unknown', about: 'capability', text: `${name}: not known, since this user may not ask for it` };
    return { level: needed ? 'warn' : 'note', about: 'capability', text: `${name} is not there: ${without}` };
  });
}
