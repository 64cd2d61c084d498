/**
 * `node bench/harness/chart.mjs <results.json> <chart.svg>`: how far every figure is from its bar. Plain JavaScript, for the library that draws is
 * known to bench/package.json only.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';

const [from, to] = process.argv.slice(2);
const { circumstances, questions } = JSON.parse(await readFile(from, 'utf8'));
const loads = questions.map(({ load }) => load);
const dates = questions.map(({ taken }) => taken.slice(0, 10)).sort();
const shareOf = (bar, is) => (bar.atLeast === undefined ? bar.atMost / is : is / bar.atLeast);
const values = questions.flatMap(({ name, bars }) =>
  bars.map(({ what, bar, is, rounds }) => {
    const shares = rounds.map((round) => shareOf(bar, round)).sort((a, b) => a - b);
    const asked = bar.atLeast === undefined ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`;
    return {
      figure: `${name}: ${what}`,
      share: shareOf(bar, is),
      low: shares[Math.floor(shares.length / 4)],
      high: shares[Math.floor((shares.length * 3) / 4)],
      outcome: shareOf(bar, is) >= 1 ? 'met' : 'missed',
      label: `${is.toFixed(2)}  (${asked})`,
    };
  }),
);
const y = { field: 'figure', type: 'nominal', sort: null, title: null, axis: { labelLimit: 520, domain: false, ticks: false } };
const scale = { type: 'log', domain: [0.4, 4], clamp: true };
const spec = {
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  background: 'white',
  padding: 12,
  width: 360,
  height: { step: 22 },
  title: {
    text: 'Every figure, and the bar it is to reach',
    subtitle: [
      'Right of the line: better than its bar. Thin: the middle half of the rounds.',
      `${circumstances.cpu}, ${circumstances.cores} cores`,
      `Node ${circumstances.node}, Redis ${circumstances.redis}, ${[...new Set([dates[0], dates.at(-1)])].join(' to ')}, load ${Math.min(...loads)} to ${Math.max(...loads)}`,
    ],
    anchor: 'start',
    frame: 'group',
  },
  data: { values },
  layer: [
    {
      mark: { type: 'bar', height: 12 },
      encoding: {
        y,
        x: {
          field: 'share',
          type: 'quantitative',
          scale,
          title: 'share of the bar (1: just met)',
          axis: { values: [0.5, 0.7, 1, 1.5, 2, 3, 4], grid: false, format: '~g' },
        },
        x2: { datum: 1 },
        color: {
          field: 'outcome',
          type: 'nominal',
          scale: { domain: ['met', 'missed'], range: ['#4c9f70', '#d1495b'] },
          legend: { title: null, orient: 'top' },
        },
      },
    },
    {
      mark: { type: 'rule', color: '#333' },
      encoding: { y, x: { field: 'low', type: 'quantitative', scale }, x2: { field: 'high' } },
    },
    {
      mark: { type: 'text', align: 'left', dx: 6, fontSize: 10 },
      encoding: { y, x: { datum: 4, type: 'quantitative', scale }, text: { field: 'label' } },
    },
    { mark: { type: 'rule', strokeDash: [4, 3], color: '#333' }, encoding: { x: { datum: 1, type: 'quantitative', scale } } },
  ],
  config: { view: { stroke: null } },
};
const view = new View(parse(compile(spec).spec), { renderer: 'none' });
await writeFile(to, `${await view.toSVG()}\n`);
