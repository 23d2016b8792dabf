-- Guests: agents who are in an interaction beside its owner; it knows their leases as guests, "a,b". None outlives the owner's lease.
-- A consult: the owner asks another agent, who has nothing in hand. It begins as a directed offer, and the one who is consulted, or
-- rung for it, knows the lease as consulted, and is full by it. A join: a supervisor speaks, too, and has a call in hand.
local CONSULTS = 6 -- at once, of one interaction

-- guest lets a lease be one of an interaction's guests.
local function guest(id, int)
  local others = redis.call('HGET', key('int', int), 'guests') or ''
  redis.call('HSET', key('int', int), 'guests', others == '' and id or others .. ',' .. id)
end

-- unpromise: a lease with a purpose stands for nothing any more, and its interaction (i; nil is gone) knows it no longer.
local function unpromise(id, l, i)
  if l.purpose == 'consult' then set(l.agent, 'consulted', '') end
  if not i then return end
  if i.toward == id then
    redis.call('HSET', key('int', i.id), 'toward', '')
  else
    i.guests = without(redis.call('HGET', key('int', i.id), 'guests') or '', id) -- others may have gone meanwhile
    redis.call('HSET', key('int', i.id), 'guests', i.guests)
  end
end

-- consult lets an agent who accepts be consulted: another one may be asked now.
local function consult(id, l, by)
  local deadline = begin(id, l, 'consult', by)
  redis.call('HSET', key('int', l.interaction), 'toward', '')
  guest(id, l.interaction)
  attended(l.agent, l.channel)
  emit('offer.accepted', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, deadline = deadline, node = l.node,
    purpose = 'consult'})
end

-- end_guest gives the slot back at once: there is nothing to be done after it.
local function end_guest(id, l, reason)
  drop(id, l)
  unpromise(id, l, interaction(l.interaction))
  emit(l.purpose .. '.ended', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, node = l.node, reason = reason,
    purpose = l.purpose})
  set(l.agent, 'idle', num(NOW))
  free(l.agent)
end

-- disband ends every guest's part in an interaction, or those of one purpose, if there are any.
local function disband(i, reason, purpose)
  for id in each(i and i.guests) do
    local l = hash(key('lease', id))
    if not purpose or l.purpose == purpose then end_guest(id, l, reason) end
  end
end
