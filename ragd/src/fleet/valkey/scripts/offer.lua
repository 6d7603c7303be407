-- The daemon offers tasks.
-- ARGV: time, owner, then for each task: id, class, uid, rank, cost, order, payload. The cost is
-- what the user has been served more when a worker takes it.
-- Returns for each: 'new', 'known', or kind, body and worker of its end; or, as a text, what the
-- daemon is called whose queue it is.
local known = redis.call('HMGET', meta, 'owner', 'name')
if known[1] and known[1] ~= ARGV[2] then return known[2] end
local answers = {}
local any_new, fenced_off = false, false

local function offer(id, class, uid, rank, cost, order, payload)
  local known = read(id)
  if known and known.order == order then
    if known.state == 'ended' then
      local entry = redis.call('XRANGE', base .. 'ends', known.entry, known.entry)[1]
      -- Without its end the task has to be done again.
      if entry then return { entry[2][6], entry[2][8], entry[2][10] } end
    elseif known.state == 'ready' then
      -- Its job may have been given another priority.
      redis.call('ZADD', base .. 'ready:' .. known.class .. ':' .. known.uid, rank, id)
      redis.call('HSET', task_key(id), 'rank', rank)
      return 'known'
    elseif known.cancel == '' then
      return 'known'
    end
  end
  if known then
    fenced_off = fenced_off or known.state == 'leased'
    remove(id, known)
  end
  redis.call('HSET', task_key(id), 'class', class, 'uid', uid, 'rank', rank, 'cost', cost,
    'order', order, 'payload', payload, 'stalls', 0)
  redis.call('HSET', base .. 'tasks', id, order)
  make_ready(id, class, uid, rank)
  any_new = true
  return 'new'
end

for at = 3, #ARGV, 7 do
  answers[#answers + 1] = offer(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4],
    ARGV[at + 5], ARGV[at + 6])
end
if any_new then hint('ready') end
if fenced_off then hint('told') end
return answers
