-- What all scripts share. Each is sent behind this text, as one.
--
-- KEYS[1] is the hash `meta`. All other keys begin like it and so have the same hash tag: a cluster
-- keeps them on one node. ARGV[1] is the time in milliseconds, which only tests give.
--
--   meta                 hash: terms of the daemon and when it last said them, epoch, last fence,
--                        level, time of the last tick
--   tasks                hash: id of each task -> its order
--   task:ID              hash: the task
--   ready:CLASS:UID      sorted set: tasks that wait, by rank
--   waiting:CLASS        sorted set: users with such tasks, by what they were served
--   served               sorted set: what each user was served
--   leased               sorted set: tasks in work, by the end of their lease
--   ends                 stream: ends that the daemon has not forgotten; group `daemon`
--   workers info         sorted set by last beat, and hash, by name of worker
--   paused drained       sets: names of workers
--   refused              hash: workers that do not fit to the daemon
--   hints                channel: `ready` or `told`
--
-- What takes away is written before what adds, even if there is nothing to take away: a full server
-- refuses only the first write of a script, and only if it may add. So tasks are still handed out
-- and ended there, and no script stops half way.

local meta = KEYS[1]
local base = string.sub(meta, 1, -5)
local CLASSES = { 'extract', 'embed', 'launched' }

local function now()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Numbers of time have more digits than Lua shows by itself.
local function text(number)
  return string.format('%.0f', number)
end

-- Only a hint, so it does not matter if the user may not publish.
local function hint(word)
  redis.pcall('PUBLISH', base .. 'hints', word)
end

-- Returns 'run', 'pause' or 'drain'.
local function wanted_of(worker)
  if redis.call('SISMEMBER', base .. 'drained', worker) == 1 then return 'drain' end
  if redis.call('SISMEMBER', base .. 'paused', worker) == 1 then return 'pause' end
  return 'run'
end

-- Forgets a worker, and what was wanted of it.
local function gone(worker)
  redis.call('ZREM', base .. 'workers', worker)
  redis.call('HDEL', base .. 'info', worker)
  redis.call('SREM', base .. 'drained', worker)
end

-- Returns on what terms a worker of this version works, which sees this index and these blobs; or
-- nil, and why it may not. Who sees nothing says ''.
local function admit(version, index, blobs)
  local v = redis.call('HMGET', meta, 'version', 'index', 'blobs', 'lease_ms', 'paused')
  if not v[1] then return nil, { 'no-daemon' } end
  if v[1] == version and v[2] == index and v[3] == blobs and index ~= '' and blobs ~= '' then
    return { lease_ms = v[4], paused = v[5] == '1' }
  end
  return nil, { 'refused', v[1], v[2] or '', v[3] or '' }
end

local function task_key(id)
  return base .. 'task:' .. id
end

local function read(id)
  local v = redis.call('HMGET', task_key(id), 'state', 'class', 'uid', 'rank', 'cost', 'order',
    'fence', 'worker', 'cancel', 'stalls', 'entry')
  if not v[1] then return nil end
  return {
    state = v[1], class = v[2], uid = v[3], rank = v[4], cost = v[5], order = v[6],
    fence = v[7], worker = v[8], cancel = v[9], stalls = v[10], entry = v[11],
  }
end

-- Returns the task if `fence` is that of the lease on it.
local function held(id, fence)
  local task = read(id)
  if task and task.state == 'leased' and task.fence == fence then return task end
  return nil
end

-- Takes a task out of those that wait.
local function unqueue(id, task)
  local queue = base .. 'ready:' .. task.class .. ':' .. task.uid
  redis.call('ZREM', queue, id)
  if redis.call('EXISTS', queue) == 0 then
    redis.call('ZREM', base .. 'waiting:' .. task.class, task.uid)
  end
end

-- Removes all that is known of a task.
local function remove(id, task)
  if task.state == 'ready' then
    unqueue(id, task)
  elseif task.state == 'leased' then
    redis.call('ZREM', base .. 'leased', id)
  else
    redis.call('XACK', base .. 'ends', 'daemon', task.entry)
    redis.call('XDEL', base .. 'ends', task.entry)
  end
  redis.call('DEL', task_key(id))
  redis.call('HDEL', base .. 'tasks', id)
end

-- Has a task wait for a worker from now on. It is in no set when this is called.
local function make_ready(id, class, uid, rank)
  local anybody, waits = false, false
  for _, one in ipairs(CLASSES) do
    local waiting = base .. 'waiting:' .. one
    anybody = anybody or redis.call('EXISTS', waiting) == 1
    waits = waits or redis.call('ZSCORE', waiting, uid)
  end
  if not anybody and redis.call('EXISTS', base .. 'leased') == 0 then
    -- Nobody waits and nobody works: what was is forgotten.
    redis.call('DEL', base .. 'served')
    redis.call('HDEL', meta, 'level')
  end
  local served = tonumber(redis.call('ZSCORE', base .. 'served', uid) or 0)
  if not waits then
    -- Whoever was away does not save up: he begins level with the others.
    served = math.max(served, tonumber(redis.call('HGET', meta, 'level') or 0))
    redis.call('ZADD', base .. 'served', served, uid)
  end
  redis.call('ZADD', base .. 'waiting:' .. class, served, uid)
  redis.call('ZADD', base .. 'ready:' .. class .. ':' .. uid, rank, id)
  redis.call('HSET', task_key(id), 'state', 'ready', 'fence', '', 'cancel', '')
end

-- Ends a task. `fence` is that of the worker who said so: if he says it again, it counts again.
local function put_end(id, order, fence, kind, body, worker)
  redis.call('ZREM', base .. 'leased', id)
  redis.call('HDEL', task_key(id), 'payload')
  local entry = redis.call('XADD', base .. 'ends', '*',
    'id', id, 'order', order, 'kind', kind, 'body', body, 'worker', worker)
  redis.call('HSET', task_key(id), 'state', 'ended', 'fence', fence, 'entry', entry)
end
