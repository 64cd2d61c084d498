import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { map, timer, type Observable } from 'rxjs';
import { ackAfter, type GroupSource } from 'rxjs-redis-streams';
import { getGroupToken, InjectGroup } from 'rxjs-redis-streams/nestjs';
import { createMarbles } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';

@Injectable()
class Billing {
  constructor(@InjectGroup('orders') private readonly orders: GroupSource) {}

  charged(): Observable<string> {
    return this.orders.pipe(ackAfter(({ fields }) => timer(2).pipe(map(() => `charged ${fields['marble']}`))));
  }
}

test('orders are charged one by one, and acked when they are', async () => {
  // A block of marbles is synchronous, and a module is not: what is injected asks for the source of the block.
  let played: GroupSource | undefined;
  const late = { pipe: (...operators: []) => played?.pipe(...operators) };
  const orders = { provide: getGroupToken('orders'), useValue: late }; // or .overrideProvider(getGroupToken('orders')).useValue(late)
  const app = await Test.createTestingModule({ providers: [Billing, orders] }).compile();

  createMarbles((actual, expected) => expect(actual).toEqual(expected)).run(({ group, expectObservable, expectSettled }) => {
    const source = (played = group({ live: '-(ab)------' }));
    expectObservable(app.get(Billing).charged()).toBe('---x-y-----', { x: 'charged a', y: 'charged b' });
    expectSettled(source).toBe('                       ---a-b-----');
  });
});
