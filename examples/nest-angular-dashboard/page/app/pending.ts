import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import type { Figures } from './figures';

/** What is being charged, or waits for its next attempt: the oldest of it. */
@Component({
  selector: 'app-pending',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h2>
      Pending <strong>{{ figures()?.pending ?? 0 }}</strong>
    </h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Entry</th>
          <th scope="col">Consumer</th>
          <th scope="col" class="number">Attempt</th>
        </tr>
      </thead>
      <tbody>
        @for (entry of figures()?.oldest; track entry.id) {
          <tr>
            <td>{{ entry.id }}</td>
            <td>{{ entry.consumer }}</td>
            <td class="number">{{ entry.deliveries }}</td>
          </tr>
        } @empty {
          <tr>
            <td colspan="3" class="quiet">Nothing.</td>
          </tr>
        }
      </tbody>
    </table>
  `,
  host: { class: 'card' },
})
export class Pending {
  readonly figures = input<Figures>();
}
