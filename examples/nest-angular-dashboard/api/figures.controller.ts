import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Req, Res, Sse, type MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { Entry, StreamsSource } from 'rxjs-redis-streams';
import { InjectStreams } from 'rxjs-redis-streams/nestjs';
import { startAfter, toServerSentEvents } from 'rxjs-redis-streams/sse';
import { FIGURES } from './keys.js';

/** How it goes: all that is kept for those who come, and then each look. */
@Controller('figures')
export class FiguresController {
  constructor(@InjectStreams('figures') private readonly figures: StreamsSource) {}

  @Sse()
  feed(@Req() request: IncomingMessage, @Res() response: ServerResponse): Observable<MessageEvent> {
    const streams = startAfter(request, { streams: { [FIGURES]: '0' } });
    return this.figures.with({ streams }).pipe(
      toServerSentEvents<Entry>({ response, retry: 300, data: ({ fields }) => fields['figures'] }), // that is JSON already
    );
  }
}
