import { createHash } from 'node:crypto';

/** A script we send: by digest first, whole when the server does not know it. */
export interface Script {
  readonly name: 'give-back' | 'take-over' | 'remove-consumer' | 'open-checkpoint' | 'save-positions';
  readonly lua: string;
  readonly sha: string;
}

function script(name: Script['name'], lua: string): Script {
  return { name, lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/*
 * All of them check the owner inside the script: XCLAIM and DELCONSUMER do not, and between a question and an answer of ours
 * another consumer may have claimed the entry. `pcall`, so that the error keeps its first word on every server.
 */

/** KEYS stream; ARGV group, consumer, idle ms, then id and count for each entry. Replies the ids that still were ours. */
export const GIVE_BACK = script(
  'give-back',
  `local given = {}
for i = 4, #ARGV, 2 do
  local row = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if row.err then return row end
  if #row == 1 then
    local claimed = redis.pcall('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', ARGV[3], 'RETRYCOUNT', ARGV[i + 1], 'JUSTID')
    if claimed.err then return claimed end
    given[#given + 1] = ARGV[i]
  end
end
return given`,
);

/** KEYS stream; ARGV group, consumer, then the ids. Replies [id, fields or nil, count] for those that still are ours. */
export const TAKE_OVER = script(
  'take-over',
  `local taken = {}
for i = 3, #ARGV do
  local row = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if row.err then return row end
  if #row == 1 then
    local claimed = redis.pcall('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i])
    if claimed.err then return claimed end
    local entry = claimed[1]
    taken[#taken + 1] = { ARGV[i], entry and entry[2] or false, row[1][4] + 1 }
  end
end
return taken`,
);

/** KEYS stream; ARGV group, consumer. Replies 1 when the consumer had nothing pending and was removed, else 0. */
export const REMOVE_CONSUMER = script(
  'remove-consumer',
  `local rows = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if rows.err then return rows end
if #rows > 0 then return 0 end
local removed = redis.pcall('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
if type(removed) == 'table' and removed.err then return removed end
return 1`,
);

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
