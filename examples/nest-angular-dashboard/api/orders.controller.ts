import type { IncomingMessage, ServerResponse } from 'node:http';
import { BadRequestException, Body, Controller, Post, Req, Res, Sse, type MessageEvent } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Observable } from 'rxjs';
import type { StreamsSource } from 'rxjs-redis-streams';
import { InjectRedis, InjectStreams } from 'rxjs-redis-streams/nestjs';
import { startAfter, toServerSentEvents } from 'rxjs-redis-streams/sse';
import { KEPT, ORDERS } from './keys.js';
import { Order } from './order.js';

/** Orders in by POST, and all of them shown as they come. */
@Controller('orders')
export class OrdersController {
  constructor(
    @InjectRedis() private readonly redis: Redis,
    @InjectStreams('orders') private readonly orders: StreamsSource<Order>,
  ) {}

  @Post()
  async order(@Body() body: unknown): Promise<{ id: string | null }> {
    const result = await Order['~standard'].validate(body);
    if (result.issues) throw new BadRequestException(result.issues.map(({ message }) => message));
    const { customer, amount } = result.value;
    return { id: await this.redis.xadd(ORDERS, 'MAXLEN', '~', KEPT.orders, '*', 'customer', customer, 'amount', amount) };
  }

  @Sse()
  feed(@Req() request: IncomingMessage, @Res() response: ServerResponse): Observable<MessageEvent> {
    const streams = startAfter(request, { streams: ORDERS }); // whoever comes again goes on where they were
    return this.orders.with({ streams }).pipe(toServerSentEvents({ response, retry: 300 }));
  }
}
