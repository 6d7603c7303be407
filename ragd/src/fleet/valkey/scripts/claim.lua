-- A worker takes tasks.
-- ARGV: time, worker, version, limit, id of the one task that is wanted or '', classes.
-- Returns 'ok', the lease in ms and for each task: id, fence, class, stalls, payload; or why not.
local terms = redis.call('HMGET', meta, 'version', 'lease_ms', 'paused')
if not terms[1] then return { 'no-daemon' } end
if terms[1] ~= ARGV[3] then return { 'version', terms[1] } end
local answer = { 'ok', terms[2] }
if terms[3] == '1' or redis.call('HEXISTS', base .. 'wanted', ARGV[2]) == 1 then return answer end

local until_ms = now() + tonumber(terms[2])

local function lease(id, task)
  unqueue(id, task)
  local served = tonumber(redis.call('ZSCORE', base .. 'served', task.uid) or 0)
  if served > tonumber(redis.call('HGET', meta, 'level') or 0) then
    redis.call('HSET', meta, 'level', served)
  end
  served = served + tonumber(task.cost)
  redis.call('ZADD', base .. 'served', served, task.uid)
  for _, class in ipairs(CLASSES) do
    redis.call('ZADD', base .. 'waiting:' .. class, 'XX', served, task.uid)
  end
  local fence = text(redis.call('HINCRBY', meta, 'fence', 1))
  redis.call('ZADD', base .. 'leased', until_ms, id)
  redis.call('HSET', task_key(id), 'state', 'leased', 'fence', fence, 'worker', ARGV[2])
  local payload = redis.call('HGET', task_key(id), 'payload')
  for _, value in ipairs({ id, fence, task.class, task.stalls, payload }) do
    answer[#answer + 1] = value
  end
end

-- Returns the user who got least of those with work for this worker.
local function next_user()
  local uid, least
  for at = 6, #ARGV do
    local user = redis.call('ZRANGE', base .. 'waiting:' .. ARGV[at], 0, 0, 'WITHSCORES')
    local served = tonumber(user[2])
    if served and (not least or served < least or (served == least and user[1] < uid)) then
      uid, least = user[1], served
    end
  end
  return uid
end

-- Returns the id of the task of the smallest rank.
local function first_of(uid)
  local id, smallest
  for at = 6, #ARGV do
    local task = redis.call('ZRANGE', base .. 'ready:' .. ARGV[at] .. ':' .. uid, 0, 0, 'WITHSCORES')
    local rank = tonumber(task[2])
    if rank and (not smallest or rank < smallest or (rank == smallest and task[1] < id)) then
      id, smallest = task[1], rank
    end
  end
  return id
end

local function next_task()
  local uid = next_user()
  while uid do
    local id = first_of(uid)
    local task = id and read(id)
    if task then return id, task end
    -- A server that throws keys away when it is full left a part of this. The daemon offers it again.
    for at = 6, #ARGV do unqueue(id or '', { class = ARGV[at], uid = uid }) end
    uid = next_user()
  end
end

if ARGV[5] ~= '' then
  local task = read(ARGV[5])
  for at = 6, #ARGV do
    if task and task.state == 'ready' and task.class == ARGV[at] then
      lease(ARGV[5], task)
      break
    end
  end
  return answer
end

for _ = 1, tonumber(ARGV[4]) do
  local id, task = next_task()
  if not id then break end
  lease(id, task)
end
return answer
