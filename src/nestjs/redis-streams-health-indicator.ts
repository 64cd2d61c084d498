import { Inject, Injectable } from '@nestjs/common';
import { StreamsHost } from './streams-host.js';

@Injectable()
export class RedisStreamsHealthIndicator {
  constructor(@Inject(StreamsHost) private readonly host: StreamsHost) {}
}
