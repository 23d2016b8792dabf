-- A session's life: online, lost, offline.
-- withdraw ends every live offer of an agent, or those of one channel.
local function withdraw(id, how, reason, channel)
  for _, lid in ipairs(redis.call('SMEMBERS', key('leases', id))) do
    local l = hash(key('lease', lid))
    if l.kind == 'offer' and (not channel or slot(l.channel) == channel) then end_offer(lid, l, how, reason) end
  end
end

local function lose(id, a, why_lost)
  if a.session ~= 'online' then return end
  set(id, 'session', 'lost', 'since', num(NOW))
  undue('hb:' .. id)
  due('grace:' .. id, NOW + tonumber(a.grace))
  emit('agent.lost', {agent = id, session = a.session_id, reason = why_lost})
  withdraw(id, 'withdrawn', 'session lost')
end

-- sign_off ends an agent's session; what still rings for them is declined. A session that ended by itself must not come
-- back by itself when its page looks in again: it is remembered.
sign_off = function(id, session, reason)
  if reason == 'after this' then set(id, 'ended', session) end
  undue('hb:' .. id)
  undue('grace:' .. id)
  set(id, 'session', 'offline', 'session_id', '', 'chosen', 'away', 'reason', '', 'next', '', 'next_reason', '', 'since', num(NOW))
  withdraw(id, 'declined', reason) -- now that nothing more can be offered
  give_back(id, reason)
  emit('agent.offline', {agent = id, session = session, reason = reason})
end

local function writer(a, session)
  if session == '' then return nil end
  if a.session_id ~= session then return conflict('viewer') end
  if a.session ~= 'online' then return conflict('not_online') end
end
