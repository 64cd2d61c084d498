import { fullId } from '../checks.js';

const ID = /^\d+-\d+$/;

/** A stream id in full; undefined for what is none. */
export function idIn(text: string): string | undefined {
  return ID.test(text) ? fullId(text) : undefined;
}

/** Where a response stands in several streams, as one id. It is ASCII: it comes back in a header. */
export function tokenOf(places: ReadonlyMap<string, string>): string {
  return Array.from(places, ([stream, id]) => `${encodeURIComponent(stream)}=${id}`).join(',');
}

/** The places in a token, by stream; undefined for what is none. */
export function placesIn(token: string): ReadonlyMap<string, string> | undefined {
  const places = new Map<string, string>();
  for (const part of token.split(',')) {
    const [name = '', text = '', ...rest] = part.split('=');
    const [stream, id] = [decoded(name), idIn(text)];
    if (!stream || id === undefined || rest.length > 0 || places.has(stream)) return undefined;
    places.set(stream, id);
  }
  return places;
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return undefined; // somebody else's token
    throw error;
  }
}
