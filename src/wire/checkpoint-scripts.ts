import { script } from './scripts.js';

/*
 * A checkpoint is a hash: a field for each stream, `id` or `id added`, and under the empty name, which no stream of ours can have, the
 * owner. Whoever opens it last owns it: the one before finds that out with its next save.
 */

/** KEYS checkpoint; ARGV owner, then the streams. Replies what is stored of each, or nil. */
export const OPEN_CHECKPOINT = script(
  'open-checkpoint',
  `local set = redis.pcall('HSET', KEYS[1], '', ARGV[1])
if type(set) == 'table' then return set end
local stored = {}
for i = 2, #ARGV do stored[i - 1] = redis.pcall('HGET', KEYS[1], ARGV[i]) end
return stored`,
);

/**
 * KEYS checkpoint; ARGV owner, 'forward' or 'rewind', then stream and position for each. Replies 1 when all of them are stored (a
 * lower one than what is there is left out, but for a rewind), 2 when nothing was there, 0 when somebody else owns it.
 * Ids are two 64-bit numbers, and Lua's are doubles: they are compared as text, longer is larger.
 */
export const SAVE_POSITIONS = script(
  'save-positions',
  `local owner = redis.pcall('HGET', KEYS[1], '')
if type(owner) == 'table' then return owner end
if owner and owner ~= ARGV[1] then return 0 end
local function above(a, b)
  local ams, aseq = string.match(a, '^0*(%d+)%-0*(%d+)')
  local bms, bseq = string.match(b, '^0*(%d+)%-0*(%d+)')
  if not bms then return true end
  if ams ~= bms then aseq, bseq = ams, bms end
  return #aseq > #bseq or (#aseq == #bseq and aseq > bseq)
end
for i = 3, #ARGV, 2 do
  local stored = redis.pcall('HGET', KEYS[1], ARGV[i])
  if ARGV[2] == 'rewind' or not stored or above(ARGV[i + 1], stored) then
    local set = redis.pcall('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    if type(set) == 'table' then return set end
  end
end
if owner then return 1 end
local set = redis.pcall('HSET', KEYS[1], '', ARGV[1])
if type(set) == 'table' then return set end
return 2`,
);
