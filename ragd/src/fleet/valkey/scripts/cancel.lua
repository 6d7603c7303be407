-- The daemon cancels a task. ARGV: time, id. Returns 'gone', 'told', 'ended' or 'unknown'.
local id = ARGV[2]
local task = read(id)
if not task then return 'unknown' end
if task.state == 'ended' then return 'ended' end
if task.state == 'ready' then
  remove(id, task)
  return 'gone'
end
redis.call('HDEL', task_key(id), 'cancel')
redis.call('HSET', task_key(id), 'cancel', '1')
hint('told')
return 'told'
