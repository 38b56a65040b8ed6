-- Take or renew the router's lease; begin a new epoch when there is none.
-- KEYS  1 lease   2 fence   3 epoch   4 position
-- ARGV  1 holder   2 life of the lease in ms   3 fence held so far (0: none)
-- Returns {fence, epoch in ms, position, now in ms}; fence 0 when somebody else holds the lease.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = redis.call('GET', KEYS[3])
if not epoch then
  epoch = string.format('%.0f', now)
  redis.call('SET', KEYS[3], epoch)
  redis.call('SET', KEYS[2], epoch) -- a fence of an earlier epoch is never met again
end
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return {'0', epoch, '', string.format('%.0f', now)}
end
local fence = redis.call('GET', KEYS[2])
if not holder or fence ~= ARGV[3] then
  redis.call('INCR', KEYS[2])
  fence = redis.call('GET', KEYS[2])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {fence, epoch, redis.call('GET', KEYS[4]) or '0-0', string.format('%.0f', now)}
