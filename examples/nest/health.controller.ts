import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { RedisStreamsHealthIndicator } from 'rxjs-redis-streams/nestjs';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(RedisStreamsHealthIndicator) private readonly streams: RedisStreamsHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.streams.isHealthy('streams', { stuckAfter: 60_000, maxLag: 10_000 })]);
  }
}
