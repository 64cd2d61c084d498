import { ChangeDetectionStrategy, Component, ElementRef, inject } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { bufferTime, filter } from 'rxjs';
import { Feeds } from './feeds';

/** With `?record`: the id of every order that came, a line each, for tests to read. Nobody sees it. */
@Component({
  selector: 'app-record',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: '',
  host: { hidden: '' },
})
export class Record {
  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    let count = 0;
    inject(Feeds)
      .orders.pipe(
        bufferTime(50),
        filter((orders) => orders.length > 0),
        takeUntilDestroyed(),
      )
      .subscribe((orders) => {
        element.append(orders.map(({ id }) => `${id}\n`).join(''));
        element.dataset['count'] = String((count += orders.length));
      });
  }
}
