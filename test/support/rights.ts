/** The rights that docs/security.md lists, as the tests use them. */
import { readFileSync } from 'node:fs';

export interface Rights {
  readonly feature: string;
  /** In the words of ACL SETUSER: `+xack`, `+client|id`. */
  readonly commands: readonly string[];
  /** `~orders`, `%R~orders`. */
  readonly keys: readonly string[];
  /** Codes of errors and types of notices, and what else the cell says. */
  readonly without: readonly string[];
}

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

/** Each row of the table, in its order. */
export const table: readonly Rights[] = (page.split('<!-- rights -->')[1]?.split('<!-- /rights -->')[0] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| feature'))
  .map((line) => {
    const [feature = '', commands = '', keys = '', without = ''] = line.slice(2, -2).split(/ +\| +/);
    return { feature: feature.trim(), commands: quoted(commands), keys: quoted(keys), without: quoted(without) };
  });

/** All commands of all features, each once. */
export const commands: readonly string[] = [...new Set(table.flatMap((row) => row.commands))];

/** The commands of the users that the page makes with `ACL SETUSER name …`, sorted. */
export const users: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...page.matchAll(/^ACL SETUSER (\S+) (.*(?:\n {2}.*)*)/gm)].map(([, name = '', rights = '']) => [
    name,
    rights
      .split(/\s+/)
      .filter((each) => each.startsWith('+'))
      .toSorted(),
  ]),
);

/** What stands in backticks; `\|` is how a table has a bar. */
function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, each = '']) => each.replaceAll('\\|', '|'));
}
