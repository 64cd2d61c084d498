import { createHash } from 'node:crypto';

/** A script we send: by digest first, whole when the server does not know it. */
export interface Script {
  readonly name:
    | 'give-back'
    | 'take-over'
    | 'claim'
    | 'remove-consumer'
    | 'renew'
    | 'ack-owned'
    | 'dead-letter'
    | 'replay'
    | 'forward'
    | 'open-checkpoint'
    | 'save-positions';
  readonly lua: string;
  readonly sha: string;
}

export function script(name: Script['name'], lua: string): Script {
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

/**
 * KEYS stream; ARGV group, consumer, then id and count for each entry: the count that Redis shall show, 0 for one more than it shows.
 * With a count, a repeat after a lost reply counts once. Replies [id, fields or nil, count] for those that still are ours.
 */
export const TAKE_OVER = script(
  'take-over',
  `local taken = {}
for i = 3, #ARGV, 2 do
  local row = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if row.err then return row end
  if #row == 1 then
    local count, claimed = tonumber(ARGV[i + 1]) or 0
    if count > 0 then
      claimed = redis.pcall('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'RETRYCOUNT', ARGV[i + 1])
    else
      count = row[1][4] + 1
      claimed = redis.pcall('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i])
    end
    if claimed.err then return claimed end
    local entry = claimed[1]
    taken[#taken + 1] = { ARGV[i], entry and entry[2] or false, count }
  end
end
return taken`,
);

/** KEYS stream; ARGV group, consumer, then the ids. Replies the ids that are somebody else's by now, and those gone from the stream. */
export const RENEW = script(
  'renew',
  `local lost, gone = {}, {}
for i = 3, #ARGV do
  local row = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if row.err then return row end
  if #row == 0 then
    lost[#lost + 1] = ARGV[i]
  else
    local claimed = redis.pcall('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
    if claimed.err then return claimed end
    if #claimed == 0 then gone[#gone + 1] = ARGV[i] end
  end
end
return { lost, gone }`,
);

/** KEYS stream; ARGV group, consumer, then the ids. Replies those that still were ours, and now are acked. */
export const ACK_OWNED = script(
  'ack-owned',
  `local acked = {}
for i = 3, #ARGV do
  local row = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if row.err then return row end
  if #row == 1 then
    local done = redis.pcall('XACK', KEYS[1], ARGV[1], ARGV[i])
    if type(done) == 'table' and done.err then return done end
    acked[#acked + 1] = ARGV[i]
  end
end
return acked`,
);

/**
 * KEYS stream, dead-letter stream; ARGV group, consumer, the stream without a key prefix, then id, name and message of the error for each entry. XACK comes last: where
 * XADD is refused the entry stays pending. (MULTI would go on to XACK.) Replies the ids that were moved, and those gone from the stream;
 * what was not ours is in neither list: its lease was lost, or an earlier try has done it.
 */
export const DEAD_LETTER = script(
  'dead-letter',
  `local moved, gone = {}, {}
local time = redis.call('TIME')
for i = 4, #ARGV, 3 do
  local row = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if row.err then return row end
  if #row == 1 then
    local found = redis.pcall('XRANGE', KEYS[1], ARGV[i], ARGV[i])
    if found.err then return found end
    if #found == 1 then
      local fields = found[1][2]
      local more = {
        'dead-letter.stream', ARGV[3], 'dead-letter.group', ARGV[1], 'dead-letter.consumer', ARGV[2], 'dead-letter.id', ARGV[i],
        'dead-letter.deliveries', tostring(row[1][4]), 'dead-letter.time', time[1] .. string.format('%03d', math.floor(time[2] / 1000)),
        'dead-letter.error', ARGV[i + 1], 'dead-letter.message', ARGV[i + 2] }
      for j = 1, #more do fields[#fields + 1] = more[j] end
      local added = redis.pcall('XADD', KEYS[2], '*', unpack(fields))
      if type(added) == 'table' and added.err then return added end
      moved[#moved + 1] = ARGV[i]
    else
      gone[#gone + 1] = ARGV[i]
    end
    local done = redis.pcall('XACK', KEYS[1], ARGV[1], ARGV[i])
    if type(done) == 'table' and done.err then return done end
  end
end
return { moved, gone }`,
);

/** What DEAD_LETTER adds to the fields of an entry, in this order. */
export const ORIGIN_FIELDS = ['stream', 'group', 'consumer', 'id', 'deliveries', 'time', 'error', 'message'].map(
  (name) => `dead-letter.${name}`,
);

/**
 * KEYS dead-letter stream, stream; ARGV the ids of dead letters. Adds each without what DEAD_LETTER has added, and deletes it where it
 * was; XDEL comes last: where XADD is refused the letter stays. Replies the ids of those that were still there.
 */
export const REPLAY = script(
  'replay',
  `local put = {}
for i = 1, #ARGV do
  local found = redis.pcall('XRANGE', KEYS[1], ARGV[i], ARGV[i])
  if found.err then return found end
  if #found == 1 then
    local fields = {}
    for j = 1, #found[1][2] - ${2 * ORIGIN_FIELDS.length} do fields[j] = found[1][2][j] end
    local added = redis.pcall('XADD', KEYS[2], '*', unpack(fields))
    if type(added) == 'table' and added.err then return added end
    local deleted = redis.pcall('XDEL', KEYS[1], ARGV[i])
    if type(deleted) == 'table' and deleted.err then return deleted end
    put[#put + 1] = ARGV[i]
  end
end
return put`,
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
