import { planPull } from '../check-pull-options.js';
import type { Delivery, Fields, FieldValue } from '../entry.js';
import type { GroupOptions } from '../options.js';
import { placeOf } from '../sources/open-source.js';
import { checkClient, type RedisClient } from '../wire/client.js';
import { generateName } from '../wire/generate-name.js';
import type { ConsumerOptions } from './consumer.js';
import { Pull } from './pull.js';
import type { HeldWith, ValueOf } from './pulled-type.js';

/** The options of `GroupConsumer`: those of `Consumer`, and those of `fromGroup` about the group. */
export interface GroupConsumerOptions<T = Fields, V extends FieldValue = string>
  extends
    ConsumerOptions<T, V>,
    Pick<
      GroupOptions<T, V>,
      'group' | 'consumer' | 'autoCreate' | 'autoAcknowledge' | 'startFromBacklog' | 'healFrom' | 'lease' | 'removeConsumer'
    > {}

/**
 * Deliveries of a consumer group, one for each call: the group consumer without RxJS.
 *
 * Use it where code asks for entries rather than being handed them. Each is to be settled (`ack`, `nack`); what is not stays
 * pending, and `startFromBacklog` brings it again. The async iterator ends when nothing is returned or buffered; loop again for more.
 *
 * @example
 * ```ts
 * await using consumer = new GroupConsumer(redis, { streams: 'orders', group: 'billing', consumer: 'billing-1', startFromBacklog: true });
 * for await (const order of consumer) {
 *   await charge(order.fields);
 *   await order.ack();
 * }
 * ```
 *
 * A lost connection is retried (50 ms to 5 s, told to `notify`) while a call waits; calls reject with the errors of `fromGroup`,
 * and the next one takes over what was not settled.
 * @see {@link Consumer}, {@link fromGroup}
 */
export const GroupConsumer: new <T = never, B extends boolean = false>(
  redis: RedisClient,
  options: GroupConsumerOptions<T, HeldWith<B>> & { readonly binary?: B | undefined },
) => GroupConsumer<ValueOf<T, HeldWith<B>>, HeldWith<B>> = class GroupConsumer extends Pull<never> {
  constructor(redis: RedisClient, options: object) {
    super(placeOf(checkClient(redis)), planPull(options, generateName));
  }
};

/** What `new GroupConsumer()` gives. */
export type GroupConsumer<T = Fields, V extends FieldValue = string> = Pull<Delivery<T, V>>;
