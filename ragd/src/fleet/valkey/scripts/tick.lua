-- Takes back leases that ran out, and forgets workers that were silent for long.
-- ARGV: time, most leases to take back, leases after which a silent worker is forgotten.
-- Returns the number of leases taken back.
local terms = redis.call('HMGET', meta, 'lease_ms', 'max_stalls', 'ticked')
if not terms[1] then return 0 end
local time, lease_ms, limit = now(), tonumber(terms[1]), tonumber(ARGV[2])
local leased = base .. 'leased'

-- Leases made before the clock was put back.
local longest = text(time + lease_ms)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', leased, '(' .. longest, '+inf', 'LIMIT', 0, 1000)) do
  redis.call('ZADD', leased, 'XX', longest, id)
end

-- If nobody looked for a whole lease, the server was away or its clock jumped: nobody is to blame.
local blame = not terms[3] or time <= tonumber(terms[3]) + lease_ms
local out = redis.call('ZRANGEBYSCORE', leased, '-inf', text(time), 'LIMIT', 0, limit)
for _, id in ipairs(out) do
  local task = read(id)
  if not task then
    redis.call('ZREM', leased, id)
  elseif task.cancel ~= '' then
    remove(id, task)
  else
    local stalls = tonumber(task.stalls) + (blame and 1 or 0)
    redis.call('ZREM', leased, id)
    redis.call('HSET', task_key(id), 'stalls', stalls)
    if blame and stalls >= tonumber(terms[2]) then
      put_end(id, task.order, '', 'dead', stalls, task.worker)
    else
      make_ready(id, task.class, task.uid, task.rank)
    end
  end
end
if #out > 0 then hint('ready') end
-- With more to take back the next call must judge as this one did.
if #out < limit then
  redis.call('HDEL', meta, 'ticked')
  redis.call('HSET', meta, 'ticked', text(time))
end

local silent = '(' .. text(time - lease_ms * tonumber(ARGV[3]))
for _, name in ipairs(redis.call('ZRANGEBYSCORE', base .. 'workers', '-inf', silent)) do
  gone(name)
end
return #out
