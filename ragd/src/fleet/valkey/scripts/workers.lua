-- Lists workers and what they hold. ARGV: time, most leases to look at.
-- Returns two lists: name, what it says of itself, ms of silence, what is wanted of it; and id and
-- worker of the leases.
local time = now()
local workers, leases = {}, {}
for _, name in ipairs(redis.call('ZRANGE', base .. 'workers', 0, -1)) do
  local beat = tonumber(redis.call('ZSCORE', base .. 'workers', name))
  local info = redis.call('HGET', base .. 'info', name)
  if info then workers[#workers + 1] = { name, info, text(time - beat), wanted_of(name) } end
end
for _, id in ipairs(redis.call('ZRANGE', base .. 'leased', 0, tonumber(ARGV[2]) - 1)) do
  local worker = redis.call('HGET', task_key(id), 'worker')
  if worker then leases[#leases + 1] = { id, worker } end
end
return { workers, leases }
