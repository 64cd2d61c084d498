import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Req, Res, Sse, type MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { StreamsSource } from 'rxjs-redis-streams';
import { InjectStreams } from 'rxjs-redis-streams/nestjs';
import { startAfter, toServerSentEvents } from 'rxjs-redis-streams/sse';

@Controller('orders')
export class OrdersController {
  constructor(@InjectStreams('orders') private readonly orders: StreamsSource) {}

  @Sse()
  feed(@Req() request: IncomingMessage, @Res() response: ServerResponse): Observable<MessageEvent> {
    const streams = startAfter(request, { streams: 'orders' });
    return this.orders.with({ streams }).pipe(toServerSentEvents({ response }));
  }
}
