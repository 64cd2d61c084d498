import { diag, metrics, type Attributes, type BatchObservableCallback, type MeterProvider } from '@opentelemetry/api';
import { asyncScheduler, retry, throwError, timer } from 'rxjs';
import { planLag } from '../check-lag-options.js';
import { groupLag, isStreamsError, type GroupLag, type GroupLagOptions, type RedisClient } from '../index.js';
import { SCOPE } from './instrument-streams.js';
import { GAUGES, LABELS } from './names.js';
import { checkAttributes, provider } from './options.js';

/** What `observeGroupLag` takes: the options of `groupLag`, and where the gauges are. */
export interface ObserveLagOptions extends GroupLagOptions {
  /** Where the gauges are made; default: the global one. */
  readonly meterProvider?: MeterProvider | undefined;
  /** On every gauge. */
  readonly attributes?: Attributes | undefined;
}

/**
 * How far behind a group is, as gauges under the names that redis_exporter has: length, lag, pending and consumers of each stream.
 *
 * Use it once for each group, in one process of it: what it tells is the group's, not this consumer's. It looks at once and then every
 * `every` ms (15,000 by default) until the function that it gives is called; a gauge has what the last look saw.
 *
 * ```
 * look at:   L------L------L------L     every
 * collect:   ----0------1----1------3   redis_stream_group_lag{stream,group}
 * ```
 *
 * @example
 * ```ts
 * const stop = observeGroupLag(redis, { streams: ['orders', 'returns'], group: 'billing' });
 * ```
 *
 * What can go wrong:
 * - A look that fails (`NO_GROUP`, `NOT_ALLOWED`, …) is told to `diag` of OpenTelemetry, the gauges have no value (a cumulative reader
 *   goes on with the last one), and it looks again after `every` ms. A client that was closed ends it.
 * - It keeps the process alive until it is stopped.
 * - Wrong options throw a `TypeError` or a `RangeError` at the call.
 *
 * @see groupLag, {@link instrumentStreams}
 */
export function observeGroupLag(redis: RedisClient, options: ObserveLagOptions): () => void {
  const { meterProvider, attributes, every = 15_000, ...watched } = options;
  const shared = checkAttributes(attributes);
  const meter = (provider('meterProvider', meterProvider, 'getMeter') ?? metrics.getMeterProvider()).getMeter(SCOPE);
  const { scheduler = asyncScheduler } = planLag({ ...watched, every });
  const looks = groupLag(redis, { ...watched, every });
  const gauges = Object.fromEntries(Object.entries(GAUGES).map(([of, name]) => [of, meter.createObservableGauge(name)]));
  let last: GroupLag | undefined;

  const observe: BatchObservableCallback = (result) => {
    for (const [of, value, labels] of last === undefined ? [] : readings(last)) {
      const gauge = gauges[of];
      if (gauge !== undefined) result.observe(gauge, value, { ...labels, ...shared });
    }
  };
  const again = (error: unknown) => {
    last = undefined;
    diag.warn('rxjs-redis-streams: the lag of a group cannot be told', error);
    return isStreamsError(error) && error.code === 'CLIENT_ENDED' ? throwError(() => error) : timer(every, scheduler);
  };
  const looking = looks.pipe(retry({ delay: again })).subscribe({
    next: (lag) => (last = lag),
    error: () => stop(), // told already
  });
  const all = Object.values(gauges);
  meter.addBatchObservableCallback(observe, all);
  return stop;

  function stop(): void {
    looking?.unsubscribe();
    meter.removeBatchObservableCallback(observe, all);
  }
}

type Reading = readonly [of: keyof typeof GAUGES, value: number, labels: Attributes];

function readings({ streams }: GroupLag): Reading[] {
  return streams.flatMap(({ stream, group, length, lag, behind, pending, consumers }) => {
    const labels = { [LABELS.stream]: stream, [LABELS.group]: group };
    const each = consumers.flatMap(({ name, pending, idle }): Reading[] => {
      const own = { ...labels, [LABELS.consumer]: name };
      return [
        ['consumerPending', pending, own],
        ['consumerIdle', idle / 1_000, own],
      ];
    });
    const all: Reading[] = [
      ['length', length, { [LABELS.stream]: stream }],
      ['lag', lag, labels],
      ['behind', behind, labels],
      ['pending', pending, labels],
      ['consumers', consumers.length, labels],
    ];
    return [...all, ...each];
  });
}
