import { asReplyError, ReplyError } from './errors.js';
import { checkQueued, execute } from './execute.js';
import type { Request, Session } from './session.js';

const ABORTED = 'EXECABORT Transaction discarded because of previous errors.';

/** What ioredis makes of a result: the error alone, or null and the value. */
export type Result = [error: Error] | [error: null, value: unknown];

/** A command outside of pipelines: run, or kept between a MULTI and an EXEC that were sent as commands of their own. */
export function runOrQueue(session: Session, request: Request): unknown {
  const { transaction } = session;
  switch (request.name) {
    case 'multi':
      if (transaction) throw new ReplyError('ERR MULTI calls can not be nested');
      session.transaction = { requests: [], isRefused: false };
      return 'OK';
    case 'exec':
      if (!transaction) throw new ReplyError('ERR EXEC without MULTI');
      session.transaction = undefined;
      if (!transaction.isRefused) return runTransaction(session, transaction.requests);
      unwatch(session);
      throw new ReplyError(ABORTED);
    case 'discard':
      if (!transaction) throw new ReplyError('ERR DISCARD without MULTI');
      session.transaction = undefined;
      unwatch(session);
      return 'OK';
    case 'watch':
      if (transaction) throw new ReplyError('ERR WATCH inside MULTI is not allowed');
      return execute(session, request, 'connection');
    default:
      if (!transaction || request.name === 'quit') return execute(session, request, 'connection');
      try {
        checkQueued(session, request);
      } catch (error) {
        transaction.isRefused = true;
        throw error;
      }
      transaction.requests.push(request);
      return 'QUEUED';
  }
}

/** All of them at once; null when a watched key changed. What is wrong with one command does not stop the others. */
export function runTransaction(session: Session, requests: readonly Request[]): Promise<Result[]> | null {
  const dirty = isDirty(session);
  unwatch(session);
  const previousErrors = refused(session, requests);
  if (previousErrors.length > 0) {
    throw Object.assign(new ReplyError(ABORTED), { previousErrors });
  }
  if (dirty) return null;
  const running = session.server.atomically(() => requests.map((request) => settle(() => execute(session, request, 'multi'))));
  return Promise.all(running);
}

function refused(session: Session, requests: readonly Request[]): unknown[] {
  return requests.flatMap((request) => {
    try {
      checkQueued(session, request);
      return [];
    } catch (error) {
      return [asReplyError(error, request)];
    }
  });
}

/** Runs at once; the mock's promises settle later, but their work is done. */
async function settle(run: () => unknown): Promise<Result> {
  try {
    return [null, await run()];
  } catch (error) {
    return [error as Error];
  }
}

function isDirty({ stock, keyspace }: Session): boolean {
  return stock.dirty || [...stock.watching].some((key) => keyspace.database.isExpired(key));
}

function unwatch({ stock }: Session): void {
  stock.dirty = false;
  stock.watching.clear();
}
