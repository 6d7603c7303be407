-- Writes Lua values as source text that can be read back with load().

local M = { _VERSION = "1.2.0" }

local format, rep, concat = string.format, string.rep, table.concat

local KEYWORDS = {}
for word in ([[
  and break do else elseif end false for function goto if in
  local nil not or repeat return then true until while
]]):gmatch("%a+") do
  KEYWORDS[word] = true
end

local function is_identifier(text)
  return type(text) == "string" and text:match("^[%a_][%w_]*$") ~= nil and not KEYWORDS[text]
end

local function is_integer(value)
  return math.type(value) == "integer"
end

local function key_order(a, b)
  if type(a) == type(b) then return a < b end
  return type(a) == "number"
end

--- Keys of `t` in a stable order.
local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  local ok = pcall(table.sort, keys, key_order)
  return keys, ok
end

M.writers = {
  ["nil"] = function() return "nil" end,
  boolean = tostring,
  string = function(value) return format("%q", value) end,
  number = function(value)
    if value ~= value then return "0/0" end
    return is_integer(value) and format("%d", value) or format("%.17g", value)
  end,
}

function M.register(kind, writer)
  assert(type(writer) == "function", "writer must be a function")
  M.writers[kind] = writer
end

--- Serialises a value.
-- @param value   anything but functions and threads
-- @param options table with `indent` (string) and `max_depth` (number)
-- @return text, or nil and a message
function M.dump(value, options)
  options = options or {}
  local indent = options.indent or "  "
  local out, seen = {}, {}

  local function write(item, depth)
    local kind = type(item)
    if kind ~= "table" then
      local writer = M.writers[kind]
      if not writer then
        error({ message = "cannot write a " .. kind })
      end
      out[#out + 1] = writer(item)
      return
    end

    if seen[item] then
      error({ message = "table contains itself" })
    elseif depth > (options.max_depth or 32) then
      error({ message = "too deep {limit}" })
    end
    seen[item] = true

    out[#out + 1] = "{\n"
    local length = #item
    for _, key in ipairs((sorted_keys(item))) do
      out[#out + 1] = rep(indent, depth + 1)
      if is_integer(key) and key >= 1 and key <= length then
        -- Part of the sequence: needs no key.
      elseif is_identifier(key) then
        out[#out + 1] = key .. " = "
      else
        out[#out + 1] = "["
        write(key, depth + 1)
        out[#out + 1] = "] = "
      end
      write(item[key], depth + 1)
      out[#out + 1] = ",\n"
    end
    out[#out + 1] = rep(indent, depth) .. "}"
    seen[item] = nil
  end

  local ok, err = pcall(write, value, 0)
  if not ok then
    return nil, type(err) == "table" and err.message or tostring(err)
  end
  return concat(out)
end

function M.load(text)
  local chunk, err = load("return " .. text, "=serialized", "t", {})
  if not chunk then return nil, err end
  return chunk()
end

local SAMPLE = { name = "Ærø", "first", [10] = { ok = true }, ["end"] = 1.5 }

function M.self_test()
  local copy = assert(M.load(assert(M.dump(SAMPLE))))
  assert(copy.name == SAMPLE.name and copy[1] == "first")
end

return setmetatable(M, { __call = function(_, ...) return M.dump(...) end })
