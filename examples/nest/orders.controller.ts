import type { IncomingMessage, ServerResponse } from 'node:http';
import { Body, Controller, Inject, Post, Req, Res, Sse, type MessageEvent } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { StreamsSource } from 'rxjs-redis-streams';
import { InjectStreams, RedisStreamsClient } from 'rxjs-redis-streams/nestjs';
import { startAfter, toServerSentEvents } from 'rxjs-redis-streams/sse';
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
  feed(@Req() request: IncomingMessage, @Res() response: ServerResponse): Observable<MessageEvent> {
    const streams = startAfter(request, { streams: ORDERS }); // whoever comes again goes on where they were
    return this.orders.with({ streams }).pipe(toServerSentEvents({ response }));
  }
}
