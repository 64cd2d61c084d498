import { HttpClient } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, DestroyRef, inject, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import type { Observable } from 'rxjs';

interface Settings {
  rate: number;
  outage: boolean;
}

/** What the generator makes, and whether Zoe's bank is down. */
@Component({
  selector: 'app-controls',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (settings(); as now) {
      <label>
        Orders per second
        <input
          #rate
          type="number"
          min="0"
          max="1000"
          [value]="now.rate"
          (change)="rate.checkValidity() && set({ rate: rate.valueAsNumber })"
        />
      </label>
      <label>
        <input #outage type="checkbox" [checked]="now.outage" (change)="set({ outage: outage.checked })" />
        Zoe's bank is down
      </label>
    }
    <p role="status">{{ result() }}</p>
  `,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      gap: 0.5rem 1.2rem;
      align-items: center;
    }
    input[type='number'] {
      width: 6rem;
    }
  `,
})
export class Controls {
  readonly #http = inject(HttpClient);
  readonly #destroyed = inject(DestroyRef);
  protected readonly settings = signal<Settings | undefined>(undefined);
  protected readonly result = signal('');

  constructor() {
    this.#show(this.#http.get<Settings>('/api/settings'));
  }

  protected set(change: Partial<Settings>): void {
    this.#show(this.#http.put<Settings>('/api/settings', change));
  }

  #show(answer: Observable<Settings>): void {
    answer.pipe(takeUntilDestroyed(this.#destroyed)).subscribe({
      next: (settings) => (this.settings.set(settings), this.result.set('')),
      error: () => this.result.set('The API did not answer.'),
    });
  }
}
