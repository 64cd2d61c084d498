import type { StandardSchema } from 'rxjs-redis-streams';

/** What comes in by HTTP, travels through the stream, and is charged. */
export interface Order {
  customer: string;
  amount: number;
}

/** Any Standard Schema will do (zod, valibot, arktype …); this one is made by hand, so that the example needs none of them. */
export const Order: StandardSchema<Order> = {
  '~standard': {
    version: 1,
    vendor: 'example',
    validate(value) {
      const { customer, amount } = value as Partial<Order>;
      if (typeof customer !== 'string') return { issues: [{ message: 'customer is no text', path: ['customer'] }] };
      if (typeof amount !== 'number') return { issues: [{ message: 'amount is no number', path: ['amount'] }] };
      return { value: { customer, amount } };
    },
  },
};

/** The keys, for everybody who names them. */
export const ORDERS = 'example:nest:orders';
export const DEAD = 'example:nest:orders:dead';
