import { object, number, text } from './schema';

/** An order, as it comes from the API. */
export interface Order {
  customer: string;
  amount: number;
}

export const Order = object<Order>({ customer: text, amount: number });

/** One that is shown. */
export interface ShownOrder extends Order {
  id: string;
}
