import { concatMap, from, map, reduce } from 'rxjs';
import { areApart, deadLetterAcross } from './across-slots.js';
import type { RedisClient } from './client.js';
import { FORWARD } from './forward-script.js';
import type { Forward, Forwarded, Port } from './port.js';
import * as replies from './replies.js';
import { deadLetterArgs, forwardCall } from './requests.js';
import { runScript } from './run-script.js';
import { DEAD_LETTER } from './scripts.js';

/** Entries of one script, which holds up the server meanwhile. */
const PAGE = 200;
const NOTHING: Forwarded = { done: [], added: [] };

function pages(entries: readonly Forward[]): (readonly Forward[])[] {
  return Array.from({ length: Math.ceil(entries.length / PAGE) }, (_, i) => entries.slice(i * PAGE, (i + 1) * PAGE));
}

/** The commands that put something on another stream, and ack the entry it comes of. */
export function onwardCommands(client: RedisClient): Pick<Port, 'deadLetter' | 'forward' | 'areApart'> {
  return {
    deadLetter: (target) =>
      areApart(client, target.stream, target.to)
        ? deadLetterAcross(client, target)
        : runScript(client, DEAD_LETTER, { keys: [target.stream, target.to], args: deadLetterArgs(target) }).pipe(
            map(replies.idLists),
            map(([moved, gone]) => ({ moved, gone })),
          ),

    forward: (target) =>
      from(pages(target.entries)).pipe(
        concatMap((entries) => runScript(client, FORWARD, forwardCall({ ...target, entries }))),
        map(replies.idLists),
        reduce((all, [done, added]) => ({ done: [...all.done, ...done], added: [...all.added, ...added] }), NOTHING),
      ),

    areApart: (one, other) => areApart(client, one, other),
  };
}
