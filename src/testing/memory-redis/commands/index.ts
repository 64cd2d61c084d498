import type { StreamCommand } from '../command.js';
import { xadd } from './xadd.js';
import { xautoclaim } from './xautoclaim.js';
import { xclaim } from './xclaim.js';
import { xack, xdel } from './xdel.js';
import { xgroup } from './xgroup.js';
import { xinfo } from './xinfo.js';
import { xpending } from './xpending.js';
import { xlen, xrange, xrevrange } from './xrange.js';
import { xread } from './xread.js';
import { xreadgroup } from './xreadgroup.js';
import { xsetid } from './xsetid.js';
import { xtrim } from './xtrim.js';

/** All stream commands, by their names in lower case. */
export const STREAM_COMMANDS: ReadonlyMap<string, StreamCommand> = new Map(
  [
    ...[xack, xadd, xautoclaim, xclaim, xdel, xgroup, xinfo, xlen, xpending],
    ...[xrange, xread, xreadgroup, xrevrange, xsetid, xtrim],
  ].map((command) => [command.name, command]),
);
