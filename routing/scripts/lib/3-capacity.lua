-- Capacity: how much of each channel an agent has in hand, and whether more may be offered.
-- load counts live leases of a channel; it is never stored.
local function load(id, channel)
  local n = 0
  for _, l in ipairs(redis.call('SMEMBERS', key('leases', id))) do
    if redis.call('HGET', key('lease', l), 'channel') == channel then n = n + 1 end
  end
  return n
end

-- full is the first reason that lies in the agent's load or in the peace they have after an offer, and which of the two.
local function full(a, channel)
  if load(a.id, channel) >= tonumber(a[channel]) then return 'busy', 'capacity' end
  local cool = tonumber(a.cooldown or '0') - NOW
  if cool > 0 then return 'cooling down for ' .. math.ceil(cool / 1000) .. ' s', 'cooldown' end
end

-- why is the first reason against offering the agent something of a channel; nil when there is none.
local function why(a, channel) return absent(a, channel) or full(a, channel) end

-- may is true of an agent who takes a channel and has nothing against more of it now.
local function may(a, channel) return a[channel] ~= nil and not why(a, channel) end
