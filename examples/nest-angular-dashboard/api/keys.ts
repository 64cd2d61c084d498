/** Orders, as they came. */
export const ORDERS = 'dashboard:orders';
/** Those that could not be charged. */
export const DEAD = 'dashboard:orders:dead';
/** How it goes: one entry for each look. */
export const FIGURES = 'dashboard:figures';
/** The group that charges orders. */
export const BILLING = 'billing';

/** Streams are kept about that long. */
export const KEPT = { orders: 100_000, figures: 240 };
