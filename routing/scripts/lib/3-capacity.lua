-- Capacity: how much of each channel an agent has in hand, and whether they may have more.
-- load is an agent's live leases by the channel whose slots they take; all are those that take one. It is never stored,
-- and counted once in a script until it changes.
local channel_of = {}
local function load(a)
  if loads[a.id] then return loads[a.id] end
  local n = {voice = 0, chat = 0, email = 0, voicemail = 0, all = 0}
  for _, l in ipairs(redis.call('SMEMBERS', key('leases', a.id))) do
    channel_of[l] = channel_of[l] or redis.call('HGET', key('lease', l), 'channel')
    local c = slot(channel_of[l])
    n[c] = (n[c] or 0) + 1
    if c ~= 'voicemail' then n.all = n.all + 1 end
  end
  loads[a.id] = n
  return n
end

-- limits are how many the agent is offered at once, and how many they may have at all.
local function limits(a, c)
  local standard = tonumber(a[c] or '0')
  return standard, tonumber(a[c .. '_max'] or standard)
end

-- consulted is true of an agent whom a colleague consults, or rings to: they are full on every channel.
local function consulted(a) return (a.consulted or '') ~= '' end

local WORDS = {voice = 'calls', chat = 'chats', email = 'e-mails', voicemail = 'voicemails'}

-- full is the first reason that lies in the agent's load, or in the peace they have after an offer; and its kind. next is
-- true of an agent who asks for more by themselves: they may go beyond what is offered, and need no peace.
local function full(a, channel, next)
  local c, n = slot(channel), load(a)
  local standard, most = limits(a, c)
  if consulted(a) then return 'is consulted', 'capacity' end
  if most == 0 then return 'takes no ' .. (WORDS[c] or c), 'channel' end
  if n[c] >= (next and most or standard) then
    if c == 'voice' then return 'busy', 'capacity' end
    return string.format('has %d %s, is offered no more than %d', n[c], WORDS[c], standard), 'capacity'
  end
  if a.blended ~= '1' and c ~= 'voice' and n.voice > 0 then return 'has a call in hand', 'blended' end
  if a.blended ~= '1' and c == 'voice' and n.chat > 0 then return 'has a chat in hand', 'blended' end
  if c == 'chat' and (a.drains or '') ~= '' then return 'is kept free for a call that waits', 'draining' end
  local till = tonumber(a['cooldown:' .. c] or '0')
  if till > 0 and not next then -- until the sweep says that it is over: then what waits is looked for, too
    return 'cooling down for ' .. math.max(0, math.ceil((till - NOW) / 1000)) .. ' s', 'cooldown'
  end
end

-- kept is true of an agent whom nothing but chats keeps from a call.
local function kept(a)
  local n = load(a)
  return n.chat > 0 and not consulted(a) and a.blended ~= '1' and n.voice < limits(a, 'voice') and (a.drains or '') == '' and not absent(a, 'voice')
end

-- why is the first reason against offering the agent something of a channel, and its kind; nil when there is none.
local function why(a, channel, next)
  local no = absent(a, channel)
  if no then return no, 'presence' end
  return full(a, channel, next)
end

-- may is true of an agent who has nothing against more of a channel now.
local function may(a, channel, next) return not why(a, channel, next) end
