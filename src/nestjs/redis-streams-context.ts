import { BaseRpcContext } from '@nestjs/microservices';
import type { Delivery, Origin } from '../index.js';
import { metadataOf, type PacketMetadata } from './packet.js';

/**
 * What a handler is told beside the data, by `@Ctx()`: the entry it came from, and ways to settle it before the handler is done.
 *
 * As a rule none of them is needed: the entry is acked when the handler is done, and nacked when it fails. What is settled by hand
 * stays as it is; the first settling wins.
 *
 * ```ts
 * charge(@Payload() order: Order, @Ctx() context: RedisStreamsContext) {
 *   return fetch(order.url, { signal: context.signal });
 * }
 * ```
 */
export class RedisStreamsContext extends BaseRpcContext<[delivery: Delivery<unknown>]> {
  constructor(
    delivery: Delivery<unknown>,
    /** The group in which it was delivered. */
    readonly group: string,
  ) {
    super([delivery]);
  }

  /** The entry with its fields, as `fromGroup` emits it. */
  get delivery(): Delivery<unknown> {
    return this.args[0];
  }

  get stream(): string {
    return this.delivery.stream;
  }

  get id(): string {
    return this.delivery.id;
  }

  /** 1 on the first delivery, as counted by Redis. */
  get attempt(): number {
    return this.delivery.attempt;
  }

  get origin(): Origin {
    return this.delivery.origin;
  }

  /** Aborted when the work is to end: the time for shutting down has run out, or the entry is somebody else's by now. */
  get signal(): AbortSignal {
    return this.delivery.signal;
  }

  /** What the client attached to the packet, such as a trace context. */
  get metadata(): PacketMetadata | undefined {
    return metadataOf(this.delivery.fields);
  }

  /** The same, as the contexts of Nest's own transports name it. */
  getMetadata(): PacketMetadata | undefined {
    return this.metadata;
  }

  /** Done already: resolves once Redis has confirmed it. */
  ack(): Promise<void> {
    return this.delivery.ack();
  }

  /** Not done: it comes again, after `delay` ms where that is given. */
  nack(options?: { readonly delay?: number | undefined }): void {
    this.delivery.nack(options);
  }

  /** Never again: to the dead-letter stream of `redeliver`. */
  reject(reason?: unknown): Promise<void> {
    return this.delivery.reject(reason);
  }
}
