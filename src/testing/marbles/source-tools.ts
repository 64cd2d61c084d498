import type { Observable } from 'rxjs';
import { planGroup, planStreams } from '../../check-options.js';
import { wrongType } from '../../checks.js';
import type { Delivery } from '../../entry.js';
import type { AnySource } from '../../sources/source.js';
import type { Block } from './block.js';
import { fakeDeliveries } from './deliveries.js';
import type { DeliveriesOptions, GroupScript, MarbleScript, SourceScript, StreamsScript } from './marble-script.js';
import { play, type Play } from './play.js';
import { playedSource, type Recipe } from './played-source.js';
import { Tally } from './tally.js';

type Tools = Pick<MarbleScript, 'deliveries' | 'group' | 'streams'>;

/** The names in a script that does not say otherwise. */
const NAMES = { group: 'group', consumer: 'consumer' };

/** What makes the sources of a block. */
export function sourceTools(block: Block): Tools {
  return {
    deliveries: <V = string>(
      marbles: string,
      values?: Readonly<Record<string, V>>,
      error?: unknown,
      { deadLetter = false }: DeliveriesOptions = {},
    ) => {
      const { source, tally } = fakeDeliveries({ marbles, values, error, deadLetter }, block.clock);
      const watched = block.sources.watch(tally.of, source) as Observable<Delivery<V>>;
      block.know({ tally }, { source: watched });
      return watched;
    },

    group: ((script: GroupScript<unknown, unknown>) => {
      checkScript('group()', script);
      const options = { ...NAMES, ...script.options };
      return make(script, {
        kind: 'group',
        before: script.backlog,
        options,
        plan: (given) => planGroup(given, () => 'generated'),
        // All that is there before was delivered to this consumer, and not acked.
        begin: (server) => {
          for (const stream of server.streams.values()) {
            stream.createGroup(options.group, '0-0');
            stream.deliver(options.group, { consumer: options.consumer, count: Infinity, noAck: false });
          }
        },
      });
    }) as Tools['group'],

    streams: ((script: StreamsScript<unknown, unknown>) => {
      checkScript('streams()', script);
      return make(script, {
        kind: 'streams',
        before: script.history,
        options: script.options ?? {},
        from: script.from,
        plan: planStreams,
        begin: () => undefined,
      });
    }) as Tools['streams'],
  };

  function make(script: SourceScript<unknown>, how: Pick<Play, 'kind' | 'before' | 'begin'> & Recipe): AnySource {
    const { live, faults, deleted, values } = script;
    const of = nameOf(how.kind, script);
    const played = play({ ...how, of, live, faults, deleted, values }, block.clock);
    const tally = new Tally(of, new Set(played.names.values()), block.clock.now);
    const { source, scheduler } = playedSource(how, { block, played, tally });
    block.know({ tally, played }, { scheduler });
    return source;
  }
}

function checkScript(of: string, script: unknown): void {
  if (typeof script !== 'object' || script === null) throw wrongType(of, script, "a script such as { live: '--a-b' }");
  const { options } = script as { options?: object };
  if (options !== undefined && 'scheduler' in options) {
    throw wrongType(`${of}: options.scheduler`, options.scheduler, 'left out: the clock is that of the block');
  }
}

/** `group({ backlog: 'ab', live: '--c' })`: the diagrams of a script are its name in messages. */
function nameOf(kind: string, script: object): string {
  const lines = Object.entries(script).filter(([line]) => ['backlog', 'history', 'live', 'faults', 'deleted'].includes(line));
  const shown = lines.filter(([, marbles]) => marbles !== undefined).map(([line, marbles]) => `${line}: ${show(marbles)}`);
  return `${kind}({ ${shown.join(', ')} })`;
}

function show(marbles: unknown): string {
  if (typeof marbles !== 'object' || marbles === null) return `'${String(marbles)}'`;
  return `{ ${Object.entries(marbles)
    .map(([stream, line]) => `${stream}: '${String(line)}'`)
    .join(', ')} }`;
}
