/** What docs/security.md says that each feature needs; a test holds the two together. A feature has the rows that begin with … below it. */
export const FEATURES = {
  fromStreams: [
    ['every connection for reads', 'client|id'],
    ['fromStreams, Consumer', 'xread', 'xinfo|stream'],
  ],
  checkpoint: [['fromStreams with checkpoint', 'evalsha', 'eval', 'hget', 'hset']],
  closing: [['closing, and lost replies', 'client|unblock', 'info']],
  fromGroup: [
    ['fromGroup, GroupConsumer', 'xreadgroup', 'xinfo|groups'],
    ['… acks, without autoAcknowledge', 'xack'],
    ['… lost replies', 'xpending', 'xrange'],
    ['… giving back, taking over, leases', 'evalsha', 'eval', 'xpending', 'xclaim'],
  ],
  autoCreate: [
    ['autoCreate', 'xgroup|create'],
    ['… a group that vanished', 'xgroup|create', 'xinfo|stream', 'xclaim', 'xgroup|setid'],
  ],
  backlogFirst: [['backlogFirst', 'xpending']],
  claimIdle: [['claimIdle', 'xpending', 'xclaim', 'evalsha', 'eval']],
  redeliver: [
    ['redeliver', 'evalsha', 'eval', 'xpending', 'xclaim'],
    ['… dead letters', 'evalsha', 'eval', 'xpending', 'xrange', 'xadd', 'xack', 'time'],
  ],
  forwardTo: [['forwardTo', 'evalsha', 'eval', 'xpending', 'xadd', 'xack']],
  publishTo: [['publishTo', 'xadd']],
  removeConsumer: [['removeConsumer, generated names', 'evalsha', 'eval', 'xpending', 'xgroup|delconsumer']],
  groupLag: [['groupLag', 'xinfo|stream', 'xrange', 'time']],
  replayDeadLetters: [['replayDeadLetters', 'xinfo|stream', 'xrange', 'evalsha', 'eval', 'xadd', 'xdel']],
} as const satisfies Readonly<Record<string, readonly (readonly [row: string, ...commands: string[]])[]>>;

export type Feature = keyof typeof FEATURES;
type Row = (typeof FEATURES)[Feature][number];
/** As in ACL SETUSER, without the `+`. */
export type Right = Row extends readonly [string, ...infer Rights extends string[]] ? Rights[number] : never;

export function rightsOf(feature: Feature): readonly Right[] {
  return [...new Set(FEATURES[feature].flatMap(([, ...rights]) => rights as Right[]))];
}

/** An execution to ask ACL DRYRUN about: with the right number of arguments, and the key where it stands. */
export const SAMPLES: Readonly<Record<Right, (key: string) => readonly string[]>> = {
  'client|id': () => ['CLIENT', 'ID'],
  'client|unblock': () => ['CLIENT', 'UNBLOCK', '1'],
  eval: (key) => ['EVAL', 'return 1', '1', key],
  evalsha: (key) => ['EVALSHA', '0'.repeat(40), '1', key],
  hget: () => ['HGET', '', 'f'],
  hset: () => ['HSET', '', 'f', 'v'],
  info: () => ['INFO', 'server'],
  time: () => ['TIME'],
  xack: (key) => ['XACK', key, 'g', '1-1'],
  xadd: (key) => ['XADD', key, '*', 'f', 'v'],
  xclaim: (key) => ['XCLAIM', key, 'g', 'c', '0', '1-1'],
  xdel: (key) => ['XDEL', key, '1-1'],
  'xgroup|create': (key) => ['XGROUP', 'CREATE', key, 'g', '$'],
  'xgroup|delconsumer': (key) => ['XGROUP', 'DELCONSUMER', key, 'g', 'c'],
  'xgroup|setid': (key) => ['XGROUP', 'SETID', key, 'g', '0'],
  'xinfo|groups': (key) => ['XINFO', 'GROUPS', key],
  'xinfo|stream': (key) => ['XINFO', 'STREAM', key],
  xpending: (key) => ['XPENDING', key, 'g'],
  xrange: (key) => ['XRANGE', key, '-', '+'],
  xread: (key) => ['XREAD', 'STREAMS', key, '$'],
  xreadgroup: (key) => ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', key, '>'],
};
