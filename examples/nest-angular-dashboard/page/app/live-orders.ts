import { DatePipe } from '@angular/common';
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { bufferTime, filter, map, scan } from 'rxjs';
import { Feeds } from './feeds';
import type { ShownOrder } from './order';

const SHOWN = 12;

/** The newest orders. All of them pass here; a page shows as many as one can read. */
@Component({
  selector: 'app-live-orders',
  imports: [DatePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h2>Orders as they come</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Customer</th>
          <th scope="col" class="number">Amount</th>
          <th scope="col" class="id">Entry</th>
        </tr>
      </thead>
      <tbody>
        @for (order of orders(); track order.id) {
          <tr>
            <td>{{ +order.id.split('-')[0]! | date: 'HH:mm:ss' }}</td>
            <td>{{ order.customer }}</td>
            <td class="number">{{ order.amount }}</td>
            <td class="id quiet">{{ order.id }}</td>
          </tr>
        } @empty {
          <tr>
            <td colspan="4" class="quiet">None yet.</td>
          </tr>
        }
      </tbody>
    </table>
  `,
  styles: `
    @media (max-width: 30rem) {
      .id {
        display: none;
      }
    }
  `,
  host: { class: 'card' },
})
export class LiveOrders {
  protected readonly orders = toSignal(
    inject(Feeds).orders.pipe(
      map(({ id, value }): ShownOrder => ({ id, ...value })),
      bufferTime(100), // a signal has the latest value only, and nobody reads faster
      filter((orders) => orders.length > 0),
      scan((shown, orders) => [...orders.slice(-SHOWN).reverse(), ...shown].slice(0, SHOWN), [] as ShownOrder[]),
    ),
    { initialValue: [] },
  );
}
