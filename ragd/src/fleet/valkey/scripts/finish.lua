-- A worker ends a task. ARGV: time, id, fence, 'finished' or 'failed', body.
-- Returns 'yes', 'cancelled' or 'lost'.
local id, fence = ARGV[2], ARGV[3]
local task = read(id)
if not task or task.fence ~= fence then return 'lost' end
if task.state == 'ended' then return 'yes' end
if task.cancel ~= '' then
  remove(id, task)
  return 'cancelled'
end
put_end(id, task.order, fence, ARGV[4], ARGV[5], task.worker)
return 'yes'
