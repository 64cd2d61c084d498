import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

const [WIDTH, HEIGHT] = [240, 60];

/** A moving line: the newest value on the right. A second line, thinner, to compare with. */
@Component({
  selector: 'app-plot',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h2>
      {{ title() }} <strong>{{ newest() }}</strong> <span class="quiet"> {{ unit() }}</span>
    </h2>
    <svg
      [attr.viewBox]="'0 -2 ' + width + ' ' + (height + 4)"
      preserveAspectRatio="none"
      role="img"
      [attr.aria-label]="title() + ': ' + newest() + ' ' + unit() + ', at most ' + top() + ' in this plot'"
    >
      <polyline class="second" [attr.points]="second()" />
      <polyline class="first" [attr.points]="first()" />
    </svg>
    <p class="quiet">at most {{ top() }}{{ note() }}</p>
  `,
  styles: `
    svg {
      display: block;
      width: 100%;
      height: 5.5rem;
      border-block-end: 1px solid var(--line);
    }
    polyline {
      fill: none;
      vector-effect: non-scaling-stroke;
    }
    .first {
      stroke: var(--accent);
      stroke-width: 2;
    }
    .second {
      stroke: var(--good);
      stroke-width: 1.5;
    }
    p {
      font-size: 0.8rem;
    }
  `,
  host: { class: 'card' },
})
export class Plot {
  readonly title = input.required<string>();
  readonly unit = input('');
  readonly note = input('');
  readonly values = input.required<readonly number[]>();
  readonly compared = input<readonly number[]>([]);

  protected readonly width = WIDTH;
  protected readonly height = HEIGHT;
  protected readonly newest = computed(() => Math.round(this.values().at(-1) ?? 0));
  protected readonly top = computed(() => Math.ceil(Math.max(0, ...this.values(), ...this.compared())));
  protected readonly first = computed(() => line(this.values(), this.top()));
  protected readonly second = computed(() => line(this.compared(), this.top()));
}

/** The points of a line that ends on the right. */
function line(values: readonly number[], top: number): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  return values
    .map((value, i) => `${(i * step).toFixed(1)},${(HEIGHT - (value / Math.max(1, top)) * HEIGHT).toFixed(1)}`)
    .join(' ');
}
