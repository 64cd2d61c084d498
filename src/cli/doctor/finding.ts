/** What the doctor has found. `warn` and `bad` are what exit code 1 is about; `unknown`: it was not allowed to look. */
export interface Finding {
  readonly level: 'ok' | 'note' | 'unknown' | 'warn' | 'bad';
  readonly about: 'server' | 'capability' | 'eviction' | 'groups' | 'consumers' | 'rights';
  readonly text: string;
  /** What to do. */
  readonly cure?: string;
}

export function isTrouble({ level }: Finding): boolean {
  return level === 'warn' || level === 'bad';
}
