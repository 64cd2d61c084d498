import { Inject, Injectable } from '@nestjs/common';
import { delay, of, throwError, type Observable } from 'rxjs';
import type { Order } from './order.js';
import { SettingsService } from './settings.js';

/** Banks as they are: one in twenty is busy at first, and that of Zoe is down until somebody mends it. */
@Injectable()
export class Bank {
  constructor(@Inject(SettingsService) private readonly settings: SettingsService) {}

  charge({ customer, amount }: Order, attempt: number): Observable<string> {
    if (customer === 'zoe' && this.settings.now.outage) return throwError(() => new Error("zoe's bank is down"));
    if (attempt === 1 && Math.random() < 0.05) return throwError(() => new Error('the bank is busy'));
    return of(`${customer} paid ${amount}`).pipe(delay(20));
  }
}
