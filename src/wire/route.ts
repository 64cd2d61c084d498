import { catchError, concat, defer, EMPTY, ignoreElements, map, of, tap, throwError, timeout, type Observable } from 'rxjs';
import type { RedisClient } from './client.js';
import { isCluster, nodeAt, ownerOf, redirected, type Address, type ClusterClient } from './cluster.js';
import { send } from './command.js';
import { ConnectionLost, firstWord, isError } from './failures.js';

/** Where a connection for reading goes. */
export interface Destination {
  /** The client that is duplicated. */
  readonly parent: RedisClient;
  /** The node of a cluster; undefined: where the parent is. */
  readonly at?: Address;
  /** The slot is on its way to this node: every command is preceded by ASKING. */
  readonly asking?: boolean;
}

/** The way to the server that has the streams. */
export interface Route {
  find(): Observable<Destination>;
  /** An error of a connection there: it may say where to go instead. Gives what it means to whoever reads. */
  told(error: unknown): unknown;
}

/** ms that the nodes may take to say whose a slot is. */
const WITHIN = 10_000;

/** To the slot's owner where the client is a Cluster, otherwise to its own server. */
export function routeTo(client: RedisClient, slot: number): Route {
  return isCluster(client) ? new SlotRoute(client, slot) : { find: () => of({ parent: client }), told: (error) => error };
}

/** Slots move, and masters die: after the first time, and unless a node has said where to go, the owner is asked for anew. */
class SlotRoute implements Route {
  #anew = false;
  /** Where the last connection went. */
  #last: Address = { host: '', port: 0 };
  /** Where the server has sent us. */
  #sent: Destination | undefined;

  constructor(
    readonly cluster: ClusterClient,
    readonly slot: number,
  ) {}

  find(): Observable<Destination> {
    return defer(() => {
      const sent = this.#sent;
      this.#sent = undefined;
      if (sent !== undefined) return of(sent);
      const anew = this.#anew;
      this.#anew = true;
      return concat(awake(this.cluster), ownerOf(this.cluster, this.slot, { anew })).pipe(map((at) => this.#to(at)));
    }).pipe(
      timeout({
        first: WITHIN,
        with: () => throwError(() => new ConnectionLost(`no node has told the slots within ${WITHIN} ms`)),
      }),
      tap(({ at }) => {
        if (at !== undefined) this.#last = at;
      }),
    );
  }

  told(error: unknown): unknown {
    if (!isError(error)) return error;
    const word = firstWord(error);
    if (word === 'MOVED' || word === 'ASK') {
      const to = redirected(this.cluster, error, this.#last);
      if (to !== undefined) this.#sent = { ...this.#to(to), asking: word === 'ASK' };
    }
    // Elsewhere the key is gone; here it may be with another node, or ours is no master any more. If it is gone, the next read says so.
    if (word === 'UNBLOCKED') return new ConnectionLost(`the node has ended the read: ${error.message}`);
    return error;
  }

  /** Any node has the options that all of them share; the one that is meant has its own too. */
  #to(at: Address): Destination {
    const parent = nodeAt(this.cluster, at) ?? this.cluster.nodes('all')[0];
    if (parent === undefined) throw new ConnectionLost('no node of the cluster is known');
    return { parent, at };
  }
}

/** With `lazyConnect` nothing may have been sent yet: a command waits until the cluster is known, whatever it is answered. */
function awake(cluster: ClusterClient): Observable<never> {
  if (cluster.status === 'ready') return EMPTY;
  return send(cluster, { name: 'CLIENT', args: ['ID'] }).pipe(
    ignoreElements(),
    catchError((error: unknown) => (firstWord(error) === '' ? throwError(() => error) : EMPTY)),
  );
}
