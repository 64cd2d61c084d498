/** A first round leaves half of its entries pending; a second one under the same name gets that half first, then what is fresh. */
import { lastValueFrom, toArray } from 'rxjs';
import { ackAfter, backlogFirst, fromGroup, untilDrained, whenIdle } from 'rxjs-redis-streams';
import { connect } from './redis.js';

const [stream, group, consumer] = ['example:04:mails', 'mailing', 'mailer-1'];
const redis = connect();
await redis.del(stream); // what an interrupted run may have left
for (let number = 1; number <= 6; number++) await redis.xadd(stream, '*', 'number', number);

const mails = fromGroup(redis, { streams: stream, group, consumer, autoCreate: { from: '0' } });
const pending = async (): Promise<string> => String((await redis.xpending(stream, group))[0]);

const sent = await lastValueFrom(
  mails.pipe(
    untilDrained(), // completes when nothing is left to read
    ackAfter(
      (mail) => {
        const number = Number(mail.fields['number']);
        if (number % 2 === 0) throw new Error('the mail server is busy');
        return number;
      },
      { onError: 'nack' }, // what failed stays pending, and the others go on
    ),
    toArray(),
  ),
);
console.log(`first round: sent ${sent.join(' ')}; pending: ${await pending()}`);

await redis.xadd(stream, '*', 'number', 7);
const again = await lastValueFrom(
  mails.pipe(
    backlogFirst(),
    untilDrained(),
    ackAfter((mail) => `${mail.fields['number'] ?? ''} (${mail.origin}, attempt ${mail.attempt})`),
    toArray(),
  ),
);
console.log(`second round: sent ${again.join(' ')}; pending: ${await pending()}`);

await whenIdle(redis);
await redis.del(stream);
await redis.quit();

// expect: first round: sent 1 3 5; pending: 3
// expect: second round: sent 2 (backlog, attempt 2) 4 (backlog, attempt 2) 6 (backlog, attempt 2) 7 (fresh, attempt 1); pending: 0
