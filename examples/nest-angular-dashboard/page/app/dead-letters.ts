import { HttpClient } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, DestroyRef, inject, input, signal } from '@angular/core';
import { takeUntilDestroyed, toObservable, toSignal } from '@angular/core/rxjs-interop';
import { catchError, distinctUntilChanged, EMPTY, filter, map, retry, switchMap } from 'rxjs';
import type { Figures } from './figures';

interface DeadLetter {
  id: string;
  customer: string;
  amount: string;
  reason: string;
}

/** What could not be charged, with a button that puts all of it back. */
@Component({
  selector: 'app-dead-letters',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <header>
      <h2>
        Dead letters <strong data-figure="dead">{{ figures()?.dead?.count ?? 0 }}</strong>
      </h2>
      <button type="button" [attr.aria-disabled]="replaying()" (click)="replay()">Replay all</button>
    </header>
    <p role="status" class="quiet">{{ result() }}</p>
    <table>
      <thead>
        <tr>
          <th scope="col">Customer</th>
          <th scope="col" class="number">Amount</th>
          <th scope="col">Reason</th>
        </tr>
      </thead>
      <tbody>
        @for (letter of letters(); track letter.id) {
          <tr>
            <td>{{ letter.customer }}</td>
            <td class="number">{{ letter.amount }}</td>
            <td>{{ letter.reason }}</td>
          </tr>
        } @empty {
          <tr>
            <td colspan="3" class="quiet">None.</td>
          </tr>
        }
      </tbody>
    </table>
  `,
  styles: `
    header {
      display: flex;
      justify-content: space-between;
      align-items: center;
      gap: 0.5rem;
    }
  `,
  host: { class: 'card' },
})
export class DeadLetters {
  readonly #http = inject(HttpClient);
  readonly #destroyed = inject(DestroyRef);
  readonly figures = input<Figures>();

  /** Fetched when the figures say that they are others. */
  protected readonly letters = toSignal(
    toObservable(this.figures).pipe(
      filter((figures) => figures !== undefined),
      map(({ dead: { count, newest } }) => `${count} ${newest}`),
      distinctUntilChanged(),
      switchMap(() => this.#http.get<DeadLetter[]>('/api/dead-letters').pipe(retry({ count: 20, delay: 500 }))),
      map((letters) => letters.slice(0, 5)),
      catchError(() => EMPTY),
    ),
    { initialValue: [] },
  );
  protected readonly replaying = signal(false);
  protected readonly result = signal('');

  protected replay(): void {
    if (this.replaying()) return;
    this.replaying.set(true);
    this.#http
      .post<{ replayed: number }>('/api/dead-letters/replay', null)
      .pipe(takeUntilDestroyed(this.#destroyed))
      .subscribe({
        next: ({ replayed }) => this.#told(`${replayed} put back.`),
        error: () => this.#told('Not put back: the API did not answer. Try again.'),
      });
  }

  #told(result: string): void {
    this.replaying.set(false);
    this.result.set(result);
  }
}
