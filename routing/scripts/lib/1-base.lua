-- What every script begins with. One script is one verb: read, check, write, append events; nobody comes between.
-- KEYS[1] is the event stream; ARGV[1] the prefix of all keys ("{callfloor}:"); the verb's arguments follow.
local P = ARGV[1]
local t = redis.call('TIME')
local NOW = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)

local function key(a, b) if b then return P .. a .. ':' .. b end return P .. a end
local function num(n) return string.format('%d', math.floor(n + 0.5)) end

local function hash(name)
  local flat, h = redis.call('HGETALL', name), {}
  for i = 1, #flat, 2 do h[flat[i]] = flat[i + 1] end
  return h
end

-- emit writes an event and returns its position.
local function emit(what, fields)
  local args = {'what', what, 'at', num(NOW)}
  for k, v in pairs(fields) do
    args[#args + 1] = k
    args[#args + 1] = type(v) == 'number' and num(v) or v
  end
  return redis.call('XADD', KEYS[1], 'MAXLEN', '~', '1000000', '*', unpack(args))
end

local function due(what, at) redis.call('ZADD', key('due'), num(at), what) end
local function undue(...) redis.call('ZREM', key('due'), ...) end
local function conflict(code) return {'conflict', code} end

-- A list is names with commas between them, "a,b,c"; without is the list less one of them.
local function each(list) return string.gmatch(list or '', '[^,]+') end
local function without(list, name)
  local text = ',' .. list .. ','
  local from, to = string.find(text, ',' .. name .. ',', 1, true)
  return from and string.sub(string.sub(text, 1, from) .. string.sub(text, to + 1), 2, -2) or list
end
