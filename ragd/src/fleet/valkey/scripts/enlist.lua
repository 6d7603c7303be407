-- A worker joins. ARGV: time, worker, version, what it says of itself. Returns 'ok', or why not.
local name, info = ARGV[2], ARGV[4]
local version = redis.call('HGET', meta, 'version')
if not version then return { 'no-daemon' } end
local refused = base .. 'refused'
if version ~= ARGV[3] then
  -- Names may be new at every start of a worker that starts again and again.
  if redis.call('HLEN', refused) >= 100 then redis.call('DEL', refused) end
  redis.call('HSET', refused, name, text(now()) .. ' ' .. info)
  return { 'version', version }
end
redis.call('HDEL', refused, name)
redis.call('ZADD', base .. 'workers', now(), name)
redis.call('HSET', base .. 'info', name, info)
return { 'ok' }
