-- Append events to the router's stream in order, each once.
-- KEYS  1 events stream   2... marker of each submission
-- ARGV  1 most entries that may wait   2 life of the markers in ms   3... event (JSON) of each submission
-- Returns the entries' ids: the same again for a submission that was repeated, "" when the stream was full.
local ids = {}
local free = tonumber(ARGV[1]) - redis.call('XLEN', KEYS[1])
for at = 2, #KEYS do
  local id = redis.call('GET', KEYS[at])
  if not id and free > 0 then
    id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[at + 1])
    redis.call('SET', KEYS[at], id, 'PX', ARGV[2])
    free = free - 1
  end
  ids[#ids + 1] = id or ''
end
return ids
