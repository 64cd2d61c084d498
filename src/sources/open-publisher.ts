import { asyncScheduler } from 'rxjs';
import type { PublishPlan } from '../check-publish-options.js';
import { createAdder } from '../wire/adder.js';
import { checkClient, type RedisClient } from '../wire/client.js';
import { dice } from '../wire/clock.js';
import { Publisher, type PublisherEnv } from './publisher.js';
import { teller } from './tell.js';

export type { RedisClient } from '../wire/client.js';

/** Whom a publisher works for. */
export type PublisherClient<Of> = Pick<PublisherEnv<Of>, 'added' | 'refused' | 'roomy'>;

/** What makes a publisher for each subscription. Checks the client now, sends nothing. */
export function publishing(redis: RedisClient, plan: PublishPlan): <Of>(client: PublisherClient<Of>) => Publisher<Of> {
  const adder = createAdder(checkClient(redis));
  const { concurrency, scheduler = asyncScheduler, notify } = plan;
  return (client) => new Publisher({ ...client, adder, concurrency, scheduler, dice, tell: teller(notify) });
}
