-- Misses: who lets offers pass, or customers wait for a first word, is set away (idle), which only their "I'm back" ends.
-- Calls are counted apart from what is no call.
local function counter(channel) return slot(channel) == 'voice' and 'misses' or 'digital_misses' end

local function missed(id, channel)
  local a, c = agent(id), counter(channel)
  local n = tonumber(a[c] or '0') + 1
  set(id, c, num(n))
  if n < tonumber(a['max_' .. c] or '1') or a.system == 'away_idle' then return end
  set(id, 'system', 'away_idle', 'since', num(NOW))
  emit('agent.away_idle', {agent = id, channel = slot(channel)})
end

-- attended forgets an agent's misses on a channel: they are there.
local function attended(id, channel) set(id, counter(channel), '0') end
