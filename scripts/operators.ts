import { dirname, join } from 'node:path/posix';
import ts from 'typescript';

const HEAD = `# Operators

Everything that stands in a line, from the source to the last stage: when to use it, a drawing, an example, and what can go wrong. These are the doc comments of the code; the options are in the [README](../README.md#options), how the drawings are to be read in [notation](notation.md).
`;

/** What a doc comment begins with says what it is about. */
const KINDS = [
  {
    title: 'Sources',
    says: 'A source is a cold Observable: nothing happens before it is subscribed.',
    begins: /cold Observable/,
  },
  { title: 'Refiners', says: 'A refiner comes first in `pipe` and changes how the source reads.', begins: /^Refiner: / },
  {
    title: 'Stages',
    says: 'A stage stands anywhere. It does work, settles entries, and emits what comes of them.',
    begins: /^A stage: /,
  },
];

interface Documented {
  readonly name: string;
  readonly comment: string;
}

/** The page, from the files of the repository. */
export async function operatorsPage(read: (path: string) => Promise<string>): Promise<string> {
  const door = 'src/index.ts';
  const paths = [...new Set(exportedFiles(await read(door)).map((path) => join(dirname(door), path.replace(/\.js$/, '.ts'))))];
  const all = (await Promise.all(paths.map(async (path) => documentedIn(await read(path))))).flat();
  const kinds = KINDS.map((kind) => ({
    ...kind,
    members: all.filter(({ comment }) => kind.begins.test(comment.split('\n\n')[0]!)),
  }));
  const anchors = new Set(kinds.flatMap(({ members }) => members.map(({ name }) => name)));
  const contents = kinds.map(({ title, members }) => `${title}: ${members.map(({ name }) => link(name, anchors)).join(' · ')}`);
  const chapters = kinds.map(({ title, says, members }) => {
    const sections = members.map(({ name, comment }) => `### ${name}\n\n${markdown(comment, anchors)}\n`);
    return `## ${title}\n\n${says}\n\n${sections.join('\n')}`;
  });
  return [HEAD, `${contents.join('  \n')}\n`, ...chapters].join('\n');
}

function exportedFiles(text: string): string[] {
  const found: string[] = [];
  ts.createSourceFile('index.ts', text, ts.ScriptTarget.ES2022).forEachChild((node) => {
    if (!ts.isExportDeclaration(node) || node.isTypeOnly) return;
    if (node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) found.push(node.moduleSpecifier.text);
  });
  return found;
}

/** The exported functions with a doc comment; of overloads the first has it. */
function documentedIn(text: string): Documented[] {
  const found: Documented[] = [];
  ts.createSourceFile('file.ts', text, ts.ScriptTarget.ES2022).forEachChild((node) => {
    if (!ts.isFunctionDeclaration(node) || node.name === undefined) return;
    const exported = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
    const range = ts.getLeadingCommentRanges(text, node.pos)?.at(-1);
    const comment = range ? text.slice(range.pos, range.end) : '';
    if (exported && comment.startsWith('/**')) found.push({ name: node.name.text, comment: bare(comment) });
  });
  return found;
}

function bare(comment: string): string {
  const lines = comment.slice('/**'.length, -'*/'.length).split('\n');
  return lines
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

function markdown(comment: string, anchors: ReadonlySet<string>): string {
  return comment
    .replace(/^@example\n/gm, '')
    .replace(/^@see (.+)$/gm, 'See also $1.')
    .replaceAll(/\{@link (\w+)\}/g, (_, name: string) => link(name, anchors))
    .replaceAll('see docs/errors.md', 'see [errors](errors.md)');
}

function link(name: string, anchors: ReadonlySet<string>): string {
  return anchors.has(name) ? `[\`${name}\`](#${name.toLowerCase()})` : `\`${name}\``;
}
