import { Inject, Injectable } from '@nestjs/common';
import { asyncScheduler } from 'rxjs';
import { checkHealth, type HandlerHealth, type HealthLimits } from './check-health.js';
import { StreamsHost } from './streams-host.js';

/** What Terminus takes, and shows. */
export type RedisStreamsHealth<Key extends string> = Record<
  Key,
  { status: 'up' | 'down'; message?: string; handlers: Record<string, HandlerHealth> }
>;

/**
 * Whether the handlers get on, for `@nestjs/terminus`: not whether Redis answers a PING, but when each of them read and settled last,
 * how long its oldest entry has been worked on, and how far behind its group is.
 *
 * ```ts
 * constructor(private readonly health: HealthCheckService, private readonly streams: RedisStreamsHealthIndicator) {}
 *
 * @Get('health')
 * @HealthCheck()
 * check() {
 *   return this.health.check([() => this.streams.isHealthy('streams', { stuckAfter: 60_000, maxLag: 10_000 })]);
 * }
 * ```
 *
 * It is `down`, and says why, when a handler's source is broken off, when an entry has been worked on for longer than `stuckAfter`,
 * when nothing was read and nothing settled for that long, when more than `maxLag` entries wait, and when Redis does not say how far
 * behind the group is within `timeout`.
 */
@Injectable()
export class RedisStreamsHealthIndicator {
  constructor(@Inject(StreamsHost) private readonly host: StreamsHost) {}

  /** `key` is what it stands under in the answer. Limits are in ms and entries; see {@link HealthLimits}. */
  async isHealthy<const Key extends string = 'redis-streams'>(
    key: Key = 'redis-streams' as Key,
    limits: HealthLimits = {},
  ): Promise<RedisStreamsHealth<Key>> {
    const readers = [...this.host.readers];
    const checked = await Promise.all(
      readers.map(async ({ handling }) => [handling.name, await checkHealth(handling, limits, asyncScheduler.now())] as const),
    );
    const wrong = checked.flatMap(([name, { problem }]) => (problem === undefined ? [] : [`${name}: ${problem}`]));
    const handlers = Object.fromEntries(checked);
    const result =
      wrong.length === 0 ? { status: 'up' as const, handlers } : { status: 'down' as const, message: wrong.join('; '), handlers };
    return { [key]: result } as RedisStreamsHealth<Key>;
  }
}
