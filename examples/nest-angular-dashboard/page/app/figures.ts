import { number, object } from './schema';

/** How it goes, at one look: as the API's figures. */
export interface Figures {
  at: number;
  added: number;
  lag: number;
  pending: number;
  oldest: readonly { id: string; consumer: string; deliveries: number }[];
  dead: { count: number; newest: string };
}

export const Figures = object<Figures>({
  at: number,
  added: number,
  lag: number,
  pending: number,
  oldest: Array.isArray,
  dead: (value) => typeof value === 'object' && value !== null,
});

/** Orders per second that came in, and that were dealt with, from each look to the next. */
export function ratesOf(figures: readonly Figures[]): { added: number; settled: number }[] {
  const done = ({ added, lag, pending }: Figures): number => added - lag - pending;
  return figures.slice(1).map((figure, i) => {
    const before = figures[i]!;
    const seconds = Math.max(1, figure.at - before.at) / 1_000;
    const rate = (now: number, then: number): number => Math.max(0, (now - then) / seconds);
    return { added: rate(figure.added, before.added), settled: rate(done(figure), done(before)) };
  });
}
