-- Commit what a batch of events brought about: records, actions and position, all or nothing.
-- KEYS  1 fence   2 lease   3 position   4 records hash   5 actions stream   6 events stream   7 set-aside stream
-- ARGV  1 fence   2 holder   3 life of the lease in ms   4 position reached   5 first entry to keep
--       6 epoch   7 most actions kept (about)   8 number of records to put   9 number of records to drop
--       10 event that could not be routed ("": none), then the records (key, JSON), the keys to drop,
--       the actions (JSON)
-- Returns now in ms, or 0 when the fence is stale; then nothing has changed.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return '0'
end
local at = 11
for _ = 1, tonumber(ARGV[8]) do
  redis.call('HSET', KEYS[4], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for _ = 1, tonumber(ARGV[9]) do
  redis.call('HDEL', KEYS[4], ARGV[at])
  at = at + 1
end
for action = at, #ARGV do
  -- Entries are numbered without gaps within an epoch, so that a reader sees what it missed.
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[7], ARGV[6] .. '-*', 'a', ARGV[action])
end
if ARGV[10] ~= '' then
  redis.call('XADD', KEYS[7], 'MAXLEN', '~', 1000, '*', 'e', ARGV[10])
end
redis.call('SET', KEYS[3], ARGV[4])
redis.call('XTRIM', KEYS[6], 'MINID', ARGV[5])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
local time = redis.call('TIME')
return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
