-- Consults: an agent who has an interaction asks another one, who has nothing in hand. It begins as a directed offer; accepted,
-- its lease is a consult, and the interaction, whose owner stays who they were, knows it as one of consults, "a,b". It never
-- outlives the owner's lease. The one who is consulted, or rung for it, knows the lease as consulted, and is full by it.
local CONSULTS = 6 -- at once, of one interaction

-- unpromise: a lease with a purpose stands for nothing any more, and its interaction (i; nil is gone) knows it no longer.
local function unpromise(id, l, i)
  if l.purpose == 'consult' then set(l.agent, 'consulted', '') end
  if not i then return end
  if i.toward == id then
    redis.call('HSET', key('int', i.id), 'toward', '')
  else
    i.consults = without(redis.call('HGET', key('int', i.id), 'consults') or '', id) -- others may have gone meanwhile
    redis.call('HSET', key('int', i.id), 'consults', i.consults)
  end
end

-- consult lets an agent who accepts be consulted: another one may be asked now.
local function consult(id, l, by)
  local deadline = begin(id, l, 'consult', by)
  local others = redis.call('HGET', key('int', l.interaction), 'consults') or ''
  redis.call('HSET', key('int', l.interaction), 'toward', '', 'consults', others == '' and id or others .. ',' .. id)
  attended(l.agent, l.channel)
  emit('offer.accepted', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, deadline = deadline, node = l.node,
    purpose = 'consult'})
end

-- end_consult gives the slot back at once: there is nothing to be done after it.
local function end_consult(id, l, reason)
  drop(id, l)
  unpromise(id, l, interaction(l.interaction))
  emit('consult.ended', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, node = l.node, reason = reason,
    purpose = 'consult'})
  set(l.agent, 'idle', num(NOW))
  free(l.agent)
end

-- disband ends every consult of an interaction, if there are any.
local function disband(i, reason)
  for id in each(i and i.consults) do end_consult(id, hash(key('lease', id)), reason) end
end
