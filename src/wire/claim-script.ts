import { script } from './scripts.js';

/**
 * KEYS stream; ARGV group, consumer, min idle ms, then the ids. JUSTID: nobody has it yet, so it is no delivery. XCLAIM drops what is no
 * longer in the stream and does not say so; nor does it for what another consumer has claimed, or acked and deleted, since we looked.
 * Replies the ids that are ours now, and those that were dropped.
 */
export const CLAIM = script(
  'claim',
  `local ours, gone = {}, {}
for i = 4, #ARGV do
  local row = redis.pcall('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], ARGV[i], ARGV[i], 1)
  if row.err then return row end
  if #row == 1 then
    local claimed = redis.pcall('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
    if claimed.err then return claimed end
    if #claimed == 0 then gone[#gone + 1] = ARGV[i] else ours[#ours + 1] = ARGV[i] end
  end
end
return { ours, gone }`,
);
