import type { Delivery } from '../../../src/index.js';

/** What reached a pipeline: how often each id, and whether any ran twice at the same time. */
export function register() {
  const times = new Map<string, number>();
  const running = new Set<string>();
  const overlaps: string[] = [];
  const order: string[] = [];
  return {
    order,
    overlaps,
    get ids() {
      return [...times.keys()];
    },
    get duplicates() {
      return [...times].filter(([, count]) => count > 1).map(([id]) => id);
    },
    came({ id }: Pick<Delivery, 'id'>): void {
      times.set(id, (times.get(id) ?? 0) + 1);
      order.push(id);
    },
    start({ id }: Pick<Delivery, 'id'>): void {
      if (running.has(id)) overlaps.push(id);
      running.add(id);
    },
    end({ id }: Pick<Delivery, 'id'>): void {
      running.delete(id);
    },
  };
}
