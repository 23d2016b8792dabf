-- An agent: the facts of their presence, and the first reason against offering them something.
-- They are read once in a script: a change makes new facts, and whoever has read the old ones keeps those.
local facts = {}
local function agent(id)
  if facts[id] == nil then
    local a = hash(key('agent', id))
    a.id = id
    facts[id] = a.name and a or false
  end
  return facts[id] or nil
end

-- touch notes that an agent's leases have changed: their load is counted anew, and settle, below, puts the indexes right in
-- which they stand.
local loads, unsettled = {}, {}
local function touch(id)
  loads[id] = nil
  unsettled[id] = true
end

local function set(id, ...)
  redis.call('HSET', key('agent', id), ...)
  unsettled[id] = true
  if not facts[id] then
    facts[id] = nil
    return
  end
  local a, new = {}, {...}
  for field, v in pairs(facts[id]) do a[field] = v end
  for n = 1, #new, 2 do a[new[n]] = tostring(new[n + 1]) end
  facts[id] = a
end

-- known is false of an agent whom the floor's configuration no longer has: they keep their work and get no more.
local function known(id) return redis.call('SISMEMBER', key('agents'), id) == 1 end

-- open is false of a queue that the floor's configuration no longer has.
local function open(queue) return redis.call('SISMEMBER', key('queues'), queue) == 1 end

-- slot is the channel whose slots a contact takes: a callback is a call.
local function slot(channel) return channel == 'callback' and 'voice' or channel end

-- mute is true of a call whose node is dead.
local function mute(channel, node) return slot(channel) == 'voice' and dead(node) end

-- device is the field that tells whether the agent's device for a channel works; that of calls has no name of its own.
local function device(channel)
  local c = slot(channel)
  return c == 'voice' and 'device' or 'device:' .. c
end

-- absent is the first reason that lies in the agent's presence: they are away, lost, or their device does not work.
local function absent(a, channel)
  if a.session == 'lost' then return 'connection lost' end
  if a.session ~= 'online' then return 'not logged in' end
  if a.system == 'away_idle' then return 'missed an offer' end
  if a.chosen == 'login_prep' then return 'getting ready' end
  if a.chosen ~= 'available' then
    if (a.reason or '') ~= '' then return a.chosen .. ': ' .. a.reason end
    return a.chosen
  end
  if a.next == 'offline' then return 'signs out after this' end
  if (a.next or '') ~= '' then return 'a break after this' end
  local d = device(channel)
  if a[d] ~= '1' and (a[d] or d == 'device') then return a[d .. '_reason'] or 'no device' end
end
