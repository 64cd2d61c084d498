import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { bufferTime, filter, scan } from 'rxjs';
import { Connection } from './connection';
import { Controls } from './controls';
import { DeadLetters } from './dead-letters';
import { Feeds } from './feeds';
import { ratesOf, type Figures } from './figures';
import { LiveOrders } from './live-orders';
import { Pending } from './pending';
import { Plot } from './plot';
import { Record } from './record';
import { ThemeToggle } from './theme-toggle';

/** Looks that a plot has: a minute. */
const PLOTTED = 120;

@Component({
  selector: 'app-dashboard',
  imports: [Connection, Controls, DeadLetters, LiveOrders, Pending, Plot, Record, ThemeToggle],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './dashboard.html',
  styleUrl: './dashboard.css',
})
export class Dashboard {
  protected readonly recording = new URLSearchParams(location.search).has('record');
  readonly #figures = toSignal(
    inject(Feeds).figures.pipe(
      bufferTime(100), // all that is kept comes at once
      filter((events) => events.length > 0),
      scan((shown, events) => [...shown, ...events.map(({ value }) => value)].slice(-PLOTTED), [] as Figures[]),
    ),
    { initialValue: [] },
  );
  protected readonly newest = computed(() => this.#figures().at(-1));
  readonly #rates = computed(() => ratesOf(this.#figures()));
  protected readonly added = computed(() => this.#rates().map(({ added }) => added));
  protected readonly settled = computed(() => this.#rates().map(({ settled }) => settled));
  protected readonly lag = computed(() => this.#figures().map(({ lag }) => lag));
}
