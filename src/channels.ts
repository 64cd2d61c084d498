import { channel, type Channel } from 'node:diagnostics_channel';
import type { Entry, FieldValue } from './entry.js';
import type { Word } from './outgoing.js';

/** How an operation ended. `cancelled`: nobody waits for it any more. */
export type OperationEnd =
  | { readonly how: 'done'; /** Of what was added. */ readonly id?: string }
  | { readonly how: 'failed'; readonly error: unknown }
  | { readonly how: 'cancelled' };

/** Something that takes time, while somebody watches. Listeners of the channel are called when it begins. */
export interface Operation {
  /** Whoever wants to know adds a function; each is called once. What it throws is uncaught, as with listeners of a channel, and disturbs nothing here. */
  readonly ended: ((end: OperationEnd) => void)[];
}

/** The group in which entries are read, and as whom. */
export interface Membership {
  readonly name: string;
  readonly consumer: string;
}

/** `rxjs-redis-streams:receive`: an entry is about to be handed on, by a source or by a pull consumer. */
export interface Received {
  readonly entry: Entry<unknown, FieldValue>;
  readonly group: Membership | undefined;
}

/** `rxjs-redis-streams:process`: the function given to a stage is about to be called. It is over when what it returned is. */
export interface Processing extends Operation {
  readonly stage: 'ackAfter' | 'ackUnless' | 'forwardTo';
  /** Several where it works on an array. */
  readonly entries: readonly Entry<unknown, FieldValue>[];
  readonly group: Membership | undefined;
  /** Calls the function, and subscribes to what it returned: replaced, and called by what replaces it, to do so in a context. */
  run: <R>(work: () => R) => R;
}

/** `rxjs-redis-streams:settle`: entries are about to be settled; `nack` alone sends nothing. */
export interface SettleOperation extends Operation {
  readonly how: 'ack' | 'nack' | 'reject' | 'forward';
  readonly stream: string;
  readonly group: Membership;
  readonly ids: readonly string[];
}

/** `rxjs-redis-streams:publish`: an entry is about to be added by `publishTo` or `forwardTo`. */
export interface Publishing extends Operation {
  readonly stream: string;
  /** Names and values flat. More may be added, or replaced. */
  readonly fields: Word[];
  /** What it comes of, where that is entries. */
  readonly from: readonly Entry<unknown, FieldValue>[];
}

export const receives: Channel = channel('rxjs-redis-streams:receive');
export const processes: Channel = channel('rxjs-redis-streams:process');
export const settles: Channel = channel('rxjs-redis-streams:settle');
export const publishes: Channel = channel('rxjs-redis-streams:publish');

export const DONE: OperationEnd = { how: 'done' };
export const CANCELLED: OperationEnd = { how: 'cancelled' };

/** Calls what it is told: what that throws is uncaught, later and by itself, as Node has it for every listener of a channel. */
const ends: Channel = channel(Symbol('rxjs-redis-streams:ended'));
ends.subscribe((call) => (call as () => void)());

/** Tells those who listen. What it returns tells how it ended: once, whatever is told later. */
export function begin<O extends Operation>(to: Channel, what: Omit<O, 'ended'>): (end: OperationEnd) => void {
  const ended: Operation['ended'] = [];
  to.publish(Object.assign(what, { ended }));
  return (end) => {
    for (const each of ended.splice(0)) ends.publish(() => each(end));
  };
}
