import { Session, type Profiler } from 'node:inspector';

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/**
 * How many steps a piece of code takes: calls of functions and rounds of loops, in our sources and in RxJS. The engine counts them
 * exactly, so that tests can say how cost grows without looking at a clock. It counts only in what is loaded afterwards: import
 * this file first.
 */
export function stepsOf(run: () => void): number {
  taken(); // which sets all counts back
  run();
  return taken()
    .filter(({ url }) => /\/src\/|\/rxjs\//.test(url))
    .reduce((sum, { functions }) => sum + countsOf(functions), 0);
}

function taken(): readonly Profiler.ScriptCoverage[] {
  let result: readonly Profiler.ScriptCoverage[] | undefined;
  session.post('Profiler.takePreciseCoverage', (error, coverage) => {
    if (error !== null) throw error;
    result = coverage.result;
  });
  if (result === undefined) throw new Error('the profiler has not answered');
  return result;
}

function countsOf(functions: readonly Profiler.FunctionCoverage[]): number {
  return functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
}
