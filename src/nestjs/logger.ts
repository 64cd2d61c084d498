import { Logger } from '@nestjs/common';

/** What this module tells is under one name in the log of the application. */
export const logger = new Logger('RedisStreams');
