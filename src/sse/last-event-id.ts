/** What a request has of `Last-Event-ID`: that of `node:http`, Express, Fastify and Nest is one. */
export interface RequestWithLastEventId {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly url?: string | undefined;
}

/** What was asked for: a request, or the value of its header or query by itself. Nothing at all is a first visit. */
export type LastEventId = RequestWithLastEventId | string | readonly string[] | null | undefined;

/**
 * The one text that was asked for, empty where nothing was; undefined for several. The header goes first: a browser that comes again
 * by itself has the newest id there, and in the query still the one that the page was opened with.
 */
export function lastEventIdOf(asked: LastEventId): string | undefined {
  if (asked === null || asked === undefined) return '';
  if (typeof asked === 'string') return asked;
  if (!('headers' in asked)) return asked.length > 1 ? undefined : (asked[0] ?? '');
  const { headers, url = '' } = asked;
  const [, query = ''] = /\?(.*)$/.exec(url) ?? [];
  return lastEventIdOf(headers['last-event-id']) || lastEventIdOf(new URLSearchParams(query).getAll('lastEventId'));
}
