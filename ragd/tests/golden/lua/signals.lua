local M = {}

-- What is called when nobody listens.
local ignore = function(event)
  return event ~= nil
end

--- Connects a function to a signal.
M.connect = function(signal, listener)
  local list = M.listeners[signal] or {}
  M.listeners[signal] = list
  list[#list + 1] = listener
end

M.listeners = {}

local Signal = {
  name = "signal",

  -- Hands a value to all that listen.
  emit = function(self, value)
    for _, listener in ipairs(M.listeners[self.name] or {}) do
      listener(value)
    end
  end,

  ["count"] = function(self)
    return #(M.listeners[self.name] or {})
  end,
}

function M.new(name)
  local self = setmetatable({ name = name }, { __index = Signal })
  self.once = function(value)
    Signal.emit(self, value)
  end
  return self
end

function M:clear()
  self.listeners = {}
end

local Quiet = setmetatable({
  emit = ignore,
  count = function() return 0 end,
}, { __index = Signal })

M.Quiet = Quiet

return M
