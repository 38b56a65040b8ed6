-- Give the router's lease back at once, so that nobody waits for it to run out.
-- KEYS  1 lease
-- ARGV  1 holder
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
