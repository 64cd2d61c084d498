import { expect, it } from 'vitest';
import { SessionsMet } from '../../src/operators/sessions-met.js';
import { SETTLEMENT, type Session } from '../../src/settlement.js';
import { FakeSession } from '../support/fake-delivery.js';

function start() {
  const refused: unknown[] = [];
  const met: Session[] = [];
  const over: string[] = [];
  const sessions = new SessionsMet({
    refused: (error) => refused.push(error),
    met: (session) => met.push(session),
    comesNoMore: (session, entry) => over.push(`${met.indexOf(session)} ${entry?.id ?? 'all'}`),
  });
  let confirmed = 0;
  const meet = (...of: FakeSession[]): void => {
    for (const session of of) sessions.meet(session.delivery()[SETTLEMENT]);
  };
  const waitForAll = (): void => {
    sessions.confirmed().subscribe({ complete: () => confirmed++ });
  };
  return { sessions, refused, met, over, meet, waitForAll, confirmed: () => confirmed };
}

it('meets each session once, in whatever order their entries come', () => {
  const { met, meet } = start();
  const [one, two] = [new FakeSession(), new FakeSession()];
  meet(one, one, two, one, two);
  expect(met).toEqual([one, two]);
});

it('hears what any of them refuses, until it leaves', () => {
  const { sessions, refused, meet } = start();
  const [one, two] = [new FakeSession(), new FakeSession()];
  meet(one, two);
  const errors = [one.refuse(), two.refuse()];
  expect(refused).toEqual(errors);
  sessions.leave();
  expect([one.refusals.observed, two.refusals.observed]).toEqual([false, false]);
});

it('waits for all that are open, and for none that is closed', () => {
  const { meet, waitForAll, confirmed } = start();
  const [open, closed] = [new FakeSession(), new FakeSession()];
  meet(open, closed);
  for (const session of [open, closed]) session.holdBack();
  closed.refusals.complete();
  waitForAll();
  expect(confirmed()).toBe(0);
  open.confirm();
  expect(confirmed()).toBe(1);
});

it('a closed session is forgotten: another meeting is a first one', () => {
  const { met, meet } = start();
  const session = new FakeSession();
  meet(session);
  session.refusals.complete();
  meet(session);
  expect(met).toEqual([session, session]);
});

it('hears what comes no more in which session, and at last that nothing does', () => {
  const { sessions, over, meet } = start();
  const [one, two] = [new FakeSession(), new FakeSession()];
  meet(one, two);
  two.forgotten.next({ stream: 'deliveries', id: '7' });
  one.forgotten.complete();
  sessions.leave();
  two.forgotten.complete();
  expect(over).toEqual(['1 7', '0 all']);
});
