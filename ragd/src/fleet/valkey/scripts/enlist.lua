-- A worker joins. ARGV: time, worker, version, index, blobs, what it says of itself.
-- Returns 'ok', or why not.
local name, info = ARGV[2], ARGV[6]
local refused = base .. 'refused'
local terms, why = admit(ARGV[3], ARGV[4], ARGV[5])
if not terms then
  if why[1] == 'refused' then
    -- It may have been let in before.
    gone(name)
    -- Names may be new at every start of a worker that starts again and again.
    if redis.call('HLEN', refused) >= 100 then redis.call('DEL', refused) end
    redis.call('HSET', refused, name, text(now()) .. ' ' .. info)
  end
  return why
end
redis.call('HDEL', refused, name)
redis.call('ZADD', base .. 'workers', now(), name)
redis.call('HSET', base .. 'info', name, info)
return { 'ok' }
