/** The API and the page, on one port: 3000, or PORT. On the in-memory Redis, or on REDIS_URL. */
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule, { forceCloseConnections: true });
app.enableShutdownHooks(); // without it a SIGTERM is no shutdown in order
app.setGlobalPrefix('api');
app.useStaticAssets(fileURLToPath(new URL('../page/browser', import.meta.url)));
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
console.log(`The dashboard is at ${await app.getUrl()}`);
