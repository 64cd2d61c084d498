import type { ServerSentEvent } from './server-sent-event.js';

/** An event as it is written: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
export function frameOf({ id, type, retry, comment, data }: ServerSentEvent): string {
  return [
    ...(type === undefined ? [] : [`event: ${type}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    ...(comment === undefined ? [] : [`: ${comment}`]),
    ...(data === undefined ? [] : data.split(/\r\n|\r|\n/).map((line) => `data: ${line}`)),
    '\n',
  ].join('\n');
}
