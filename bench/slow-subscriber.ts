import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { runSide } from './harness/run-side.js';
import { withServer } from './harness/with-server.js';

const SECONDS = 20;

interface Result {
  worked: number;
  mostPending: number;
  rssSecondThird: number;
  rssLastThird: number;
}

export const slowSubscriber: Question = {
  asks: 'Does a slow subscriber in front of 200,000 entries keep the pending list and the memory bounded?',
  /** One round: it is a bound, and no race. */
  answer: () =>
    withServer(200_000, async (port) => {
      const result = await runSide<Result>('slow.mjs', [port, SECONDS]);
      const { worked, mostPending, rssSecondThird, rssLastThird } = result;
      if (mostPending === 0) throw new Error('nothing was ever pending');
      return {
        rows: [
          {
            seconds: SECONDS,
            'entries worked': worked,
            'most pending': mostPending,
            'RSS MiB, second third': rssSecondThird.toFixed(1),
            'RSS MiB, last third': rssLastThird.toFixed(1),
          },
        ],
        bars: [
          judge('most pending / the window of 100 and as many unconfirmed acks', { atMost: 1 }, [mostPending / 200]),
          judge('RSS, last third / second third', { atMost: 1.1 }, [rssLastThird / rssSecondThird]),
        ],
      };
    }),
};
