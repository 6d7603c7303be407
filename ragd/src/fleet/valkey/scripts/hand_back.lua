-- A worker gives a task back untried. ARGV: time, id, fence. Returns 'yes', 'cancelled' or 'lost'.
local id = ARGV[2]
local task = held(id, ARGV[3])
if not task then return 'lost' end
if task.cancel ~= '' then
  remove(id, task)
  return 'cancelled'
end
redis.call('ZREM', base .. 'leased', id)
make_ready(id, task.class, task.uid, task.rank)
hint('ready')
return 'yes'
