import { script } from './scripts.js';

/**
 * KEYS stream, then the streams where entries go; ARGV group, consumer, then for each entry its id, the number of its key, the number of
 * words and the words of the XADD behind the key. XACK comes last: where XADD is refused the entry stays pending. Replies the ids of
 * those that were ours, and the ids of what was added for them. What was not ours is not in it: its lease was lost, or an earlier try
 * has done it.
 */
export const FORWARD = script(
  'forward',
  `local done, added = {}, {}
local i = 3
while i <= #ARGV do
  local id, words = ARGV[i], tonumber(ARGV[i + 2])
  local row = redis.pcall('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2])
  if row.err then return row end
  if #row == 1 then
    local new = redis.pcall('XADD', KEYS[tonumber(ARGV[i + 1])], unpack(ARGV, i + 3, i + 2 + words))
    if type(new) == 'table' and new.err then return new end
    local acked = redis.pcall('XACK', KEYS[1], ARGV[1], id)
    if type(acked) == 'table' and acked.err then return acked end
    done[#done + 1] = id
    added[#added + 1] = new
  end
  i = i + 3 + words
end
return { done, added }`,
);
