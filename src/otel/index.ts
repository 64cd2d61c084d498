export { instrumentStreams } from './instrument-streams.js';
export { observeGroupLag, type ObserveLagOptions } from './observe-group-lag.js';
export type { InstrumentOptions } from './options.js';
