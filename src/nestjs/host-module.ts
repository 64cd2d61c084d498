import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Explorer } from './explorer.js';
import { RedisStreamsHealthIndicator } from './redis-streams-health-indicator.js';
import { StreamsHost } from './streams-host.js';

/** What there is once in an application, however many connections it has. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [StreamsHost, Explorer, RedisStreamsHealthIndicator],
  exports: [StreamsHost, RedisStreamsHealthIndicator],
})
export class HostModule {}
