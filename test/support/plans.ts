import type { GroupPlan, Plan } from '../../src/plan.js';

/** A standalone consumer of one stream, as the options would make it. */
export const PLAN: Plan = {
  streams: [{ stream: 's', start: undefined }],
  lists: undefined,
  group: undefined,
  bufferSize: 4,
  refillAt: 2,
  timeout: 1_000,
  until: 'never',
  demand: 'window',
  settle: 'auto',
  checkpoint: undefined,
  drainTimeout: 3_000,
  stallAfter: 2_000,
  decode: undefined,
  onInvalid: 'error',
  binary: false,
  reader: 'auto',
  signal: undefined,
  scheduler: undefined,
  notify: undefined,
};

export const GROUP: GroupPlan = {
  name: 'g',
  consumer: 'me',
  generated: false,
  createFrom: '0-0',
  noAck: false,
  startFromBacklog: false,
  healFrom: 'last-read',
  renewEvery: undefined,
  claim: undefined,
  redeliver: undefined,
  removeConsumer: 'never',
};
