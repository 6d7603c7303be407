-- A worker takes tasks.
-- ARGV: time, worker, version, index, blobs, limit, id of the one task that is wanted or '',
-- classes.
-- Returns 'ok', the lease in ms and for each task: id, fence, class, stalls, payload; or why not.
local limit, only, FIRST_CLASS = tonumber(ARGV[6]), ARGV[7], 8
local terms, why = admit(ARGV[3], ARGV[4], ARGV[5])
if not terms then return why end
local answer = { 'ok', terms.lease_ms }
if terms.paused or wanted_of(ARGV[2]) ~= 'run' then return answer end

local until_ms = now() + tonumber(terms.lease_ms)

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
  for at = FIRST_CLASS, #ARGV do
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
  for at = FIRST_CLASS, #ARGV do
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
    for at = FIRST_CLASS, #ARGV do unqueue(id or '', { class = ARGV[at], uid = uid }) end
    uid = next_user()
  end
end

if only ~= '' then
  local task = read(only)
  for at = FIRST_CLASS, #ARGV do
    if task and task.state == 'ready' and task.class == ARGV[at] then
      lease(only, task)
      break
    end
  end
  return answer
end

for _ = 1, limit do
  local id, task = next_task()
  if not id then break end
  lease(id, task)
end
return answer
