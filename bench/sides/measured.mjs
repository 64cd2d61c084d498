/**
 * What every side ends with: it runs what is measured and prints one line of JSON. `run` gives what it has seen of the entries, a number that is
 * the same for all that did the same work.
 */
export async function measured(entries, run) {
  const began = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  const seen = await run();
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      perSecond: entries / seconds,
      cpuMicros: (user + system) / entries,
      rss: process.resourceUsage().maxRSS / 1024,
      seen,
    }),
  );
}

/** The side that was asked for, of all in its file. */
export function sideOf(sides, name) {
  const run = sides[name];
  if (run === undefined) throw new Error(`No side ${name}: one of ${Object.keys(sides).join(', ')}`);
  return run;
}
