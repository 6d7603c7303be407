---@class Item
---@field id string
---@field count integer
---@field weight number

local Class = {}

--- Minimal classes with single inheritance.
function Class.extend(base, name)
  local class = setmetatable({ __name = name, super = base }, {
    __index = base,
    __call = function(cls, ...)
      local instance = setmetatable({}, cls)
      if cls.init then cls.init(instance, ...) end
      return instance
    end,
  })
  class.__index = class
  return class
end

local Item = Class.extend(nil, "Item")

function Item:init(id, count, weight)
  self.id, self.count, self.weight = id, count or 1, weight or 0
end

function Item.__eq(a, b) return a.id == b.id end

function Item.__lt(a, b) return a.id < b.id end

function Item.__add(a, b)
  assert(a == b, "different items")
  return Item(a.id, a.count + b.count, a.weight)
end

function Item:__tostring() return self.count .. " × " .. self.id end

function Item:total_weight() return self.count * self.weight end

local Container = Class.extend(nil, "Container")

Container.MAX_SLOTS = 20

function Container:init(limit)
  self.limit = limit
  self.slots = {}
  self.listeners = {}
end

function Container:on(event, listener)
  local list = self.listeners[event] or {}
  self.listeners[event] = list
  list[#list + 1] = listener
  return function()
    for i, other in ipairs(list) do
      if other == listener then return table.remove(list, i) end
    end
  end
end

function Container:emit(event, ...)
  for _, listener in ipairs(self.listeners[event] or {}) do listener(...) end
end

function Container:weight()
  local sum = 0
  for _, item in pairs(self.slots) do sum = sum + item:total_weight() end
  return sum
end

--- Iterates over items in slot order.
function Container:items()
  return coroutine.wrap(function()
    for slot = 1, self.MAX_SLOTS do
      if self.slots[slot] then coroutine.yield(slot, self.slots[slot]) end
    end
  end)
end

local Backpack = Class.extend(Container, "Backpack")

function Backpack:init(limit)
  Backpack.super.init(self, limit or 50)
  self.label = 'Rucksack {größe "L"}'
end

--- Puts items in, as many as fit; returns what is left over.
function Backpack:store(items)
  local rest = {}

  for _, item in ipairs(items) do
    local remaining = item.count
    while remaining > 0 do
      if self:weight() + item.weight > self.limit then
        break -- too heavy, even for a single one
      end

      local target, free
      for slot = 1, self.MAX_SLOTS do
        local other = self.slots[slot]
        if other == nil then
          free = free or slot
        elseif other == item then
          target = slot
          break
        end
      end

      if target then
        self.slots[target] = self.slots[target] + Item(item.id, 1, item.weight)
      elseif free then
        self.slots[free] = Item(item.id, 1, item.weight)
      else
        break
      end
      remaining = remaining - 1
    end

    if remaining > 0 then
      rest[#rest + 1] = Item(item.id, remaining, item.weight)
      local ok, err = pcall(self.emit, self, "full", item, remaining)
      if not ok then io.stderr:write("listener failed: ", tostring(err), "\n") end
    end
  end
  return rest
end

return { Item = Item, Container = Container, Backpack = Backpack }
