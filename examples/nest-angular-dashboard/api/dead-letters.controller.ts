import { Controller, Get, Post } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { replayDeadLetters, type Replayed } from 'rxjs-redis-streams';
import { InjectRedis } from 'rxjs-redis-streams/nestjs';
import { DEAD } from './keys.js';

/** An order that was put away. */
export interface DeadLetter {
  readonly id: string;
  readonly customer: string;
  readonly amount: string;
  readonly reason: string;
}

@Controller('dead-letters')
export class DeadLettersController {
  constructor(@InjectRedis() private readonly redis: Redis) {}

  /** The newest twenty. */
  @Get()
  async list(): Promise<DeadLetter[]> {
    const letters = await this.redis.xrevrange(DEAD, '+', '-', 'COUNT', 20);
    return letters.map(([id, fields]) => {
      const field = (name: string): string => (fields.includes(name) ? fields[fields.indexOf(name) + 1]! : '');
      return { id, customer: field('customer'), amount: field('amount'), reason: field('dead-letter.message') };
    });
  }

  /** Puts all of them back to where they came from: they are charged anew. */
  @Post('replay')
  replay(): Promise<Replayed> {
    return replayDeadLetters(this.redis, { from: DEAD, dryRun: false });
  }
}
