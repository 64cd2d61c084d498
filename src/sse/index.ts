export { EncodeError } from './encode-error.js';
export type { LastEventId, RequestWithLastEventId } from './last-event-id.js';
export type { AnyEntry, EventsOptions, ServerSentEventsOptions } from './options.js';
export type { FillingResponse } from './room.js';
export type { ServerSentEvent } from './server-sent-event.js';
export { startAfter, type StartAfterOptions } from './start-after.js';
export { toServerSentEvents } from './to-server-sent-events.js';
export { writeServerSentEvents, type WritableResponse } from './write-server-sent-events.js';
