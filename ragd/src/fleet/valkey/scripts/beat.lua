-- A worker shows that it lives, and prolongs its leases.
-- ARGV: time, worker, what it says of itself, then id and fence of each lease.
-- Returns what is wanted of it, and for each lease: 'go', 'cancel' or 'lost'.
local time = now()
local until_ms = time + tonumber(redis.call('HGET', meta, 'lease_ms') or 0)
redis.call('ZREM', base .. 'workers', ARGV[2])
redis.call('ZADD', base .. 'workers', time, ARGV[2])
redis.call('HSET', base .. 'info', ARGV[2], ARGV[3])
local answer = { wanted_of(ARGV[2]) }
for at = 4, #ARGV, 2 do
  local task = held(ARGV[at], ARGV[at + 1])
  if not task then
    answer[#answer + 1] = 'lost'
  else
    redis.call('ZADD', base .. 'leased', until_ms, ARGV[at])
    answer[#answer + 1] = task.cancel == '' and 'go' or 'cancel'
  end
end
return answer
