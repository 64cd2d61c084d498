import { Injectable } from '@angular/core';
import { share } from 'rxjs';
import { fromServerSentEvents } from 'rxjs-redis-streams/browser';
import { Figures } from './figures';
import { Order } from './order';

/** `?from=<id>` shows what is behind that entry; without it a page begins with what comes from now on. */
const from = new URLSearchParams(location.search).get('from');

const onInvalid = (invalid: Error): void => console.error(invalid);
const ordersFeed = fromServerSentEvents('/api/orders', {
  schema: Order,
  onInvalid,
  ...(from === null ? {} : { lastEventId: from, storage: sessionStorage }), // and after a reload behind what was shown
});
const figuresFeed = fromServerSentEvents('/api/figures', { schema: Figures, onInvalid });

/** The two connections of the page, however many look at what comes. */
@Injectable({ providedIn: 'root' })
export class Feeds {
  readonly orders = ordersFeed.pipe(share());
  readonly figures = figuresFeed.pipe(share());
  readonly connection = ordersFeed.state;
}
