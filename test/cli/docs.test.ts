/** docs/command-line.md shows what the command line says. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { offline } from '../support/command-line.js';

const page = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8');
const helps = [...page.matchAll(/<!-- help: (\S+) -->\n```text\n(.*?)```\n<!-- \/help -->/gs)].map(
  ([, name = '', text = '']) => ({ name, text }),
);

test('it has the help of each command, in their order', () => {
  expect(helps.map(({ name }) => name)).toEqual(['overview', ...commands.map(({ name }) => name)]);
});

test.each(helps)('the help of $name is what the command prints', async ({ name, text }) => {
  expect((await offline.run(name === 'overview' ? ['--help'] : [name, '--help'])).out).toBe(text);
});

test('each command has a section with a screen, and each example of a help can be run', async () => {
  for (const { name, examples } of commands) {
    expect(page).toContain(`\n## ${name}\n`);
    expect(page).toContain(`\n$ npx rxjs-redis-streams ${name}`);
    for (const example of examples) {
      const [command = ''] = example.split(/ [|>]/);
      expect(command.startsWith(name)).toBe(true);
      // It is well used: what fails is the connection, which a test has none of.
      expect(await offline.run(command.split(' '))).toEqual({ code: 1, out: '', err: 'this must not connect\n' });
    }
  }
});
