import { Body, Controller, Inject, Post, Sse, type MessageEvent } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { StreamsSource } from 'rxjs-redis-streams';
import { InjectStreams, RedisStreamsClient } from 'rxjs-redis-streams/nestjs';
import { ORDERS, type Order } from './order.js';

/** Orders in by POST, and all of them shown as they come, as server-sent events. */
@Controller('orders')
export class OrdersController {
  constructor(
    @Inject(RedisStreamsClient) private readonly events: RedisStreamsClient,
    @InjectStreams('orders') private readonly orders: StreamsSource<Order>,
  ) {}

  @Post()
  order(@Body() order: Order): Observable<{ id: string }> {
    return this.events.emit<string>(ORDERS, order).pipe(map((id) => ({ id })));
  }

  @Sse()
  feed(): Observable<MessageEvent> {
    return this.orders.pipe(map(({ id, value }) => ({ id, data: value })));
  }
}
