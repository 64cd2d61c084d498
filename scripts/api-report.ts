/**
 * What the package exports, with all its types, one page for each subpath in `api/`: compared with the declarations that were built, so
 * that no change of it goes unseen. With `--write` the pages are written anew.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { entryPoints, type EntryPoint } from './entry-points.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'api');
const write = process.argv.includes('--write');
const temporary = await mkdtemp(join(tmpdir(), 'api-report-'));

try {
  await check();
} finally {
  await rm(temporary, { recursive: true, force: true });
}

async function check(): Promise<void> {
  await mkdir(folder, { recursive: true });
  const doors = await entryPoints();
  const types = doors.map((door) => door.types);
  const configs = doors.map((door) => configOf(door, types));
  // one program for all of them: making it takes most of the time
  const program = CompilerState.create(configs[0]!, { additionalEntryPoints: types });
  const changed = doors.map(pageOf).filter((_, i) => differs(configs[i]!, program));
  const pages = doors.map(pageOf);
  const left = (await readdir(folder)).filter((file) => !pages.includes(file));
  if (write) {
    for (const file of left) await rm(join(folder, file));
    console.log(`api: ${pages.length} reports written`);
    return;
  }
  for (const file of changed) console.error(`api/${file} is not what the package exports now.`);
  for (const file of left) console.error(`api/${file} is about a subpath that package.json does not export.`);
  console.log(`api: ${pages.length} reports, ${changed.length + left.length} differ`);
  if (changed.length + left.length === 0) return;
  console.error(
    'If that change of the API is meant: run "npm run regenerate", look at "git diff api", and commit it with a changeset.',
  );
  process.exitCode = 1;
}

function pageOf({ short }: EntryPoint): string {
  return `${short}.api.md`;
}

function configOf(door: EntryPoint, types: string[]): ExtractorConfig {
  const quiet = { logLevel: ExtractorLogLevel.None };
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(root, 'package.json'),
    configObjectFullPath: join(root, 'api-extractor.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: door.types,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: { extends: join(root, 'tsconfig.json'), compilerOptions: { paths: {} }, files: types, include: [] },
      },
      apiReport: { enabled: true, reportFileName: pageOf(door), reportFolder: folder, reportTempFolder: temporary },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        // everything that is exported is public, and what comments say is looked at by "npm run docs"
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Error },
          'ae-missing-release-tag': quiet,
          'ae-forgotten-export': quiet,
          'ae-undocumented': quiet,
          'ae-unresolved-link': quiet,
        },
        tsdocMessageReporting: { default: quiet },
      },
    },
  });
}

/** Whether the report differs from the one that is checked in. */
function differs(config: ExtractorConfig, compilerState: CompilerState): boolean {
  const { errorCount, apiReportChanged } = Extractor.invoke(config, {
    compilerState,
    localBuild: write,
    messageCallback: (message) => {
      // a difference is told in words of this project
      message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  if (errorCount > 0) throw new Error(`${config.mainEntryPointFilePath} cannot be read. Run "npm run build" first.`);
  return apiReportChanged;
}
