import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { Feeds } from './feeds';

const WORDS = { closed: 'Closed', connecting: 'Connecting …', open: 'Live', waiting: 'Lost, comes again' } as const;

/** How the page is connected. */
@Component({
  selector: 'app-connection',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<p role="status" [attr.data-state]="state().is"><span aria-hidden="true">●</span> {{ words() }}</p>`,
  styles: `
    p {
      color: var(--bad);
    }
    p[data-state='open'] {
      color: var(--good);
    }
  `,
})
export class Connection {
  protected readonly state = toSignal(inject(Feeds).connection, { requireSync: true });
  protected readonly words = computed(() => WORDS[this.state().is]);
}
