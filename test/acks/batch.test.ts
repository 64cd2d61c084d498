import { describe, expect, test } from 'vitest';
import { confirmed, finish, promiseOf, type Batch } from '../../src/acks/batch.js';

const batch = (): Batch => ({ listeners: [] });
/** What `confirmed` of these has said so far. */
function watch(...batches: Batch[]) {
  const said: string[] = [];
  const subscription = confirmed(() => batches).subscribe({
    complete: () => said.push('complete'),
    error: () => said.push('error'),
  });
  return { said, unsubscribe: () => subscription.unsubscribe() };
}

describe('finish', () => {
  test('tells everyone once, with the error where there is one', () => {
    const one = batch();
    const heard: unknown[] = [];
    one.listeners.push((error) => heard.push(['first', error]), (error) => heard.push(['second', error])); // prettier-ignore
    const error = new Error('why');
    finish(one, error);
    finish(one);
    expect(heard).toEqual([['first', error], ['second', error]]); // prettier-ignore
  });

  test('of nothing does nothing', () => {
    expect(() => finish(undefined)).not.toThrow();
  });

  test('re-entrant: who asks from inside is not told of what is over', () => {
    const one = batch();
    const heard: string[] = [];
    one.listeners.push(() => {
      one.listeners.push(() => heard.push('late'));
      heard.push('first');
    });
    finish(one);
    expect(heard).toEqual(['first']);
  });
});

describe('promiseOf', () => {
  test('one for the whole batch; of nothing, resolved', async () => {
    const one = batch();
    expect(promiseOf(one)).toBe(promiseOf(one));
    expect(one.listeners).toHaveLength(1);
    finish(one);
    await promiseOf(one);
    await promiseOf(undefined);
  });

  test('rejects with the error of the batch', async () => {
    const one = batch();
    const promise = promiseOf(one);
    const error = new Error('why');
    finish(one, error);
    await expect(promise).rejects.toBe(error);
  });
});

describe('confirmed', () => {
  test('completes at once where nothing is on its way', () => {
    expect(watch().said).toEqual(['complete']);
  });

  test('completes with the last of what was on its way at the subscription, refused or not', () => {
    const [one, two] = [batch(), batch()];
    const { said } = watch(one, two);
    finish(two, new Error('refused'));
    expect(said).toEqual([]);
    finish(one);
    expect(said).toEqual(['complete']);
  });

  test('is cold: what is added later counts for who subscribes later', () => {
    const ways = [batch()];
    const all = confirmed(() => ways);
    const said: string[] = [];
    all.subscribe({ complete: () => said.push('first') });
    ways.push(batch());
    all.subscribe({ complete: () => said.push('second') });
    finish(ways[0]);
    expect(said).toEqual(['first']);
    finish(ways[1]);
    expect(said).toEqual(['first', 'second']);
  });

  test('a batch that is in the list twice counts once', () => {
    const one = batch();
    const { said } = watch(one, one);
    finish(one);
    expect(said).toEqual(['complete']);
  });

  test('says nothing after unsubscribing', () => {
    const one = batch();
    const { said, unsubscribe } = watch(one);
    unsubscribe();
    finish(one);
    expect(said).toEqual([]);
  });
});
