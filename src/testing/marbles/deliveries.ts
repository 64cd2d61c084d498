import { defer, map, type Observable } from 'rxjs';
import type { Delivery } from '../../entry.js';
import type { Clock } from './clock.js';
import { readDiagram } from './diagram.js';
import { FakeDelivery } from './fake-delivery.js';
import { FakeSession, FakeSettlement } from './fake-session.js';
import { Letters } from './letters.js';
import { parseMarbles } from './parse-marbles.js';
import { Tally } from './tally.js';
import { tornBy } from './torn-by.js';

/** The arguments of `deliveries()`. */
interface Script {
  readonly marbles: string;
  readonly values: Readonly<Record<string, unknown>> | undefined;
  readonly error: unknown;
  readonly deadLetter: boolean;
}

/** A cold Observable of fake deliveries: each subscription gets its own, from the first to the last. */
export function fakeDeliveries(
  { marbles, values, error, deadLetter }: Script,
  clock: Clock,
): { source: Observable<Delivery<unknown>>; tally: Tally } {
  const of = `deliveries('${marbles}')`;
  const { marks, last } = readDiagram('deliveries()', marbles);
  clock.reach(last);
  const letters = new Letters(of, values);
  for (const { mark } of marks) letters.check(mark);
  const tally = new Tally(of, new Set(marks.map(({ mark }) => mark)), clock.now);
  const cold = clock.scheduler.createColdObservable('');
  cold.messages = parseMarbles(marbles, undefined, error);
  const source = defer(() => {
    const session = new FakeSession(deadLetter);
    let count = 0;
    const deliver = (letter: string): FakeDelivery<unknown> => {
      const id = `${++count}-0`;
      const shown = { id, fields: letters.fieldsOf(letter), value: letters.valueOf(letter) };
      const delivery = new FakeDelivery(new FakeSettlement(session, id), shown);
      tally.watch(delivery, letter);
      return delivery;
    };
    return tornBy(session, cold.pipe(map(deliver)));
  });
  return { source, tally };
}
