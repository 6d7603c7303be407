--[[
  scheduler.lua - cooperative tasks on coroutines.

  Tasks yield a number (seconds to sleep), an event name, or nothing.
]]

local Scheduler = {}
Scheduler.__index = Scheduler

local unpack = table.unpack or unpack
local create, resume, status = coroutine.create, coroutine.resume, coroutine.status

local DEFAULT_PRIORITY <const> = 5

local State = {
  READY = "ready",
  SLEEPING = "sleeping",
  WAITING = "waiting",
  DEAD = "dead",
}

local next_id = 0

local function new_id()
  next_id = next_id + 1
  return next_id
end

local by_priority = function(a, b)
  if a.priority == b.priority then
    return a.id < b.id
  end
  return a.priority > b.priority
end

--- Creates a scheduler.
-- @param clock function that returns the time in seconds
function Scheduler.new(clock)
  return setmetatable({ clock = clock or os.clock, tasks = {}, errors = {} }, Scheduler)
end

--- Adds a task; further arguments are passed to it.
function Scheduler:spawn(fn, ...)
  local task = {
    id = new_id(),
    thread = create(fn),
    args = { ... },
    state = State.READY,
    priority = DEFAULT_PRIORITY,
  }
  self.tasks[#self.tasks + 1] = task
  return task
end

function Scheduler:count() return #self.tasks end

function Scheduler:is_idle() return #self.tasks == 0 end

function Scheduler:emit(event, ...)
  for _, task in ipairs(self.tasks) do
    if task.state == State.WAITING and task.event == event then
      task.state, task.args = State.READY, { ... }
    end
  end
end

--- Runs every task that is ready once. Returns the number of tasks that ran.
function Scheduler:step()
  local now, ran = self.clock(), 0
  table.sort(self.tasks, by_priority)

  for i = #self.tasks, 1, -1 do
    local task = self.tasks[i]

    if task.state == State.SLEEPING and task.wake_at <= now then
      task.state = State.READY
    end
    if task.state ~= State.READY then
      goto continue
    end

    do
      local ok, request = resume(task.thread, unpack(task.args))
      task.args = {}
      ran = ran + 1

      if not ok then
        -- Keep the traceback: the coroutine's stack is still there.
        local trace = debug.traceback(task.thread, tostring(request))
        self.errors[#self.errors + 1] = ("task {%d}: %s"):format(task.id, trace)
        task.state = State.DEAD
      elseif status(task.thread) == "dead" then
        task.state = State.DEAD
      elseif type(request) == "number" then
        task.state, task.wake_at = State.SLEEPING, now + request
      elseif type(request) == "string" then
        task.state, task.event = State.WAITING, request
      end

      if task.state == State.DEAD then
        table.remove(self.tasks, i)
      end
    end

    ::continue::
  end
  return ran
end

function Scheduler:run(max_steps)
  local steps = 0
  repeat
    self:step()
    steps = steps + 1
  until self:is_idle() or steps >= (max_steps or math.huge)
  return steps
end

Scheduler.BANNER = [[
→ scheduler ready
  function and end in a string do not count
]]

return Scheduler
