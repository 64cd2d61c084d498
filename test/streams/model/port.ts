import { Observable, type Subscriber } from 'rxjs';
import { compareIds, ZERO } from '../../../src/streams/position.js';
import type { PendingRow, Port } from '../../../src/wire/port.js';
import { replyError } from '../../support/fake-port.js';
import type { GroupModel } from './server.js';
import type { Walk } from './walk.js';

interface Sent {
  /** When it was sent: a client sends its commands in order, acks and others alike. */
  readonly turn: number;
  readonly run: () => unknown;
  readonly to: Subscriber<unknown>;
}

type Commands = Pick<
  Port,
  | 'createGroup'
  | 'rewindGroup'
  | 'lastDelivered'
  | 'lastGenerated'
  | 'pending'
  | 'claim'
  | 'renew'
  | 'fetch'
  | 'takeOver'
  | 'register'
>;

/** The caller's client: what is subscribed to is sent, `execute` lets it reach the server, `deliver` lets the replies reach us. */
export class ModelPort implements Commands {
  #sent: Sent[] = [];
  #written: (() => void)[] = [];

  constructor(readonly walk: Walk) {}

  get stage(): 'sent' | 'written' {
    return this.#sent.length > 0 ? 'sent' : 'written';
  }

  /** Those that were sent up to that turn. */
  execute(until = Infinity): void {
    const due = this.#sent.filter(({ turn }) => turn <= until);
    this.#sent = this.#sent.filter(({ turn }) => turn > until);
    for (const { turn, run, to } of due) {
      this.walk.home.executeBefore(turn);
      let reply: () => void;
      try {
        const value = run();
        reply = () => {
          to.next(value);
          to.complete();
        };
      } catch (error) {
        reply = () => to.error(error);
      }
      this.#written.push(reply);
    }
  }

  /** Every reply that is on its way; what is sent in answer to them waits for the next time. */
  deliver(): void {
    for (const reply of this.#written.splice(0)) reply();
  }

  /** Nobody waits any more: what is on its way to the server arrives, or does not. */
  drop({ arrives }: { arrives: boolean }): void {
    if (arrives) this.execute();
    this.#sent = [];
    this.#written = [];
  }

  readonly createGroup: Port['createGroup'] = ({ stream, from }) =>
    this.#command(() => {
      const missing = this.#server.streams.get(stream)?.group === undefined;
      this.#server.createGroup(stream, from);
      return missing;
    });
  readonly rewindGroup: Port['rewindGroup'] = ({ stream }) =>
    this.#command(() => {
      if (!this.#server.streams.has(stream)) return false;
      this.#group(stream).last = ZERO;
      return true;
    });
  readonly lastDelivered: Port['lastDelivered'] = ({ stream }) =>
    this.#command(() => this.#server.streams.get(stream)?.group?.last);
  readonly lastGenerated: Port['lastGenerated'] = ({ stream }) => this.#command(() => this.#server.streams.get(stream)?.last);

  readonly pending: Port['pending'] = ({ stream, consumer: of, minIdle = 0, after, to, count }) =>
    this.#command(() => {
      const { now } = this.#server;
      const rows = [...this.#group(stream).pending].filter(([id, { consumer, since }]) => {
        const wanted = (of === undefined || consumer === 'me') && now - since >= minIdle;
        return wanted && compareIds(id, after) > 0 && (to === undefined || compareIds(id, to) <= 0);
      });
      const page = rows.sort(([a], [b]) => compareIds(a, b)).slice(0, count);
      return page.map(([id, row]): PendingRow => ({ id, ...row, idle: now - row.since }));
    });

  /** What was deleted goes with XCLAIM. */
  readonly claim: Port['claim'] = ({ stream, ids, minIdle }) =>
    this.#command(() => {
      const { pending } = this.#group(stream);
      const { now } = this.#server;
      const found = { ours: [] as string[], gone: [] as string[] };
      for (const id of ids) {
        const row = pending.get(id);
        if (row === undefined || now - row.since < minIdle) continue;
        if (this.#server.has(stream, id)) {
          Object.assign(row, { consumer: 'me', since: now });
          this.walk.adopted(stream, id);
          found.ours.push(id);
        } else {
          pending.delete(id);
          found.gone.push(id);
        }
      }
      return found;
    });

  readonly renew: Port['renew'] = ({ stream, ids }) =>
    this.#command(() => {
      const { pending } = this.#group(stream);
      const found = { lost: [] as string[], gone: [] as string[] };
      for (const id of ids) {
        const row = pending.get(id);
        if (row?.consumer !== 'me') found.lost.push(id);
        else if (this.#server.has(stream, id)) row.since = this.#server.now;
        else {
          pending.delete(id);
          found.gone.push(id);
        }
      }
      return found;
    });

  readonly fetch: Port['fetch'] = ({ stream, ids }) =>
    this.#command(() => ids.map((id) => (this.#server.has(stream, id) ? { id, pairs: ['n', id] } : undefined)));

  readonly takeOver: Port['takeOver'] = ({ stream, entries }) =>
    this.#command(() => {
      const { pending } = this.#group(stream);
      return entries.flatMap(({ id, count }) => {
        const row = pending.get(id);
        if (row?.consumer !== 'me') return [];
        Object.assign(row, { count: count || row.count + 1, since: this.#server.now });
        return [{ id, pairs: this.#server.has(stream, id) ? ['n', id] : null, attempt: row.count }];
      });
    });

  readonly register: Port['register'] = ({ stream, entries }) =>
    this.#command(() => {
      const { pending } = this.#group(stream);
      const made = entries.filter(({ id }) => this.#server.has(stream, id) && !pending.has(id));
      for (const { id, count } of made) pending.set(id, { consumer: 'me', count, since: this.#server.now });
      return made.map(({ id }) => id);
    });

  get #server() {
    return this.walk.server;
  }

  #group(stream: string): GroupModel {
    const group = this.#server.streams.get(stream)?.group;
    if (group === undefined) throw replyError(`NOGROUP No such key '${stream}' or consumer group 'g'`);
    return group;
  }

  #command<T>(run: () => T): Observable<T> {
    return new Observable((subscriber) => {
      this.#sent.push({ turn: this.walk.turn(), run, to: subscriber });
    });
  }
}
