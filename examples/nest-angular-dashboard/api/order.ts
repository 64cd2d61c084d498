import type { StandardSchema } from 'rxjs-redis-streams';

/** What comes in by HTTP, travels through the stream, and is charged. */
export interface Order {
  customer: string;
  amount: number;
}

/** Any Standard Schema will do (zod, valibot, arktype …); this one is made by hand. The fields of an entry are texts. */
export const Order: StandardSchema<Order> = {
  '~standard': {
    version: 1,
    vendor: 'dashboard',
    validate(value) {
      const { customer, amount } = (value ?? {}) as Partial<Record<keyof Order, unknown>>;
      if (typeof customer !== 'string' || customer === '') return { issues: [{ message: 'customer is no name' }] };
      const number = typeof amount === 'string' ? Number(amount) : amount;
      if (typeof number !== 'number' || !(number > 0)) return { issues: [{ message: 'amount is no number above 0' }] };
      return { value: { customer, amount: number } };
    },
  },
};
