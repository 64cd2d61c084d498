import { Injectable } from '@nestjs/common';
import { delay, of, throwError, type Observable } from 'rxjs';
import type { Order } from './order.js';

/** A bank as they are: busy at times, and with customers that it does not know. */
@Injectable()
export class Bank {
  charge({ customer, amount }: Order, attempt: number): Observable<string> {
    if (customer === 'nobody') return throwError(() => new Error('no such customer'));
    if (amount > 100 && attempt === 1) return throwError(() => new Error('the bank is busy'));
    return of(`${customer} paid ${amount}`).pipe(delay(20));
  }
}
