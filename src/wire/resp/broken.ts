import { isStreamsError, StreamsError } from '../../errors.js';
import { LONGEST } from './signs.js';

/** What the parsers of ioredis 5.11.1 and 6.0.0 throw, each the beginning of a message. */
const CLIENTS_OWN = ['Protocol error, got ', 'Unknown RESP type '];

/** PROTOCOL, whoever read the bytes: our decoder or the client's parser; undefined for any other error. */
export function unreadable(error: Error): StreamsError | undefined {
  if (isStreamsError(error)) return error.code === 'PROTOCOL' ? error : undefined;
  return CLIENTS_OWN.some((text) => error.message.startsWith(text)) ? broken('the client could not read it') : undefined;
}

/** What came is no reply. It quotes no more than one byte: the rest may be of an entry. */
export function broken(what: string): StreamsError {
  return new StreamsError(
    'PROTOCOL',
    `what came from Redis is no reply: ${what}. Something on the way changes the bytes, or the other end is no Redis.`,
  );
}

export function brokenByte(byte: number | undefined, where: string): StreamsError {
  return broken(`the byte ${byte ?? NaN} ${where}`);
}

export function tooLong(length: number): StreamsError {
  return broken(`a length of ${length}, where at most ${LONGEST} can be`);
}
