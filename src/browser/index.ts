export type { ConnectionState } from './connection-state.js';
export type { EventLike, EventSourceLike, MakeEventSource } from './event-source-like.js';
export type { ReceivedEvent } from './feed.js';
export { fromServerSentEvents, type ServerSentEventsSource } from './from-server-sent-events.js';
export { InvalidEvent } from './invalid-event.js';
export type { FromServerSentEventsOptions, IdStorage } from './options.js';
