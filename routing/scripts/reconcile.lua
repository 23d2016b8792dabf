-- node, its calls as they really are (json; those that are on their way into a queue have no begin), what it was asked for
-- (all or calls) and when, its agents as it knew them last (json): the ledger is made to agree. What is already so is left
-- alone, and what the ledger knows to be over stays over: a call's truth may be a moment old. A ledger that was only away
-- knows better, but for talks that could not be told.
local node, forgot, since = ARGV[2], ARGV[4] == 'all', tonumber(ARGV[5])

-- written by the configuration, or by the indexes themselves
local ours = {id = 1, name = 1, queues = 1, places = 1, voice = 1, voice_max = 1, chat = 1, chat_max = 1, email = 1, email_max = 1,
  voicemail = 1, voicemail_max = 1, blended = 1, drains = 1, consulted = 1, max_misses = 1, max_digital_misses = 1,
  grace = 1, digital_grace = 1, heartbeat = 1, login_prep = 1, logout_after = 1,
  logout_at = 1, logout = 1, indexed = 1}

-- only_this: the agent has this in hand, so nothing else of the channel (nil is any) rings for them.
local function only_this(agent, channel, lease)
  for _, other in ipairs(redis.call('SMEMBERS', key('leases', agent))) do
    local o = hash(key('lease', other))
    if other ~= lease and o.kind == 'offer' and (not channel or o.channel == channel) then end_offer(other, o, 'withdrawn', 'reconciled') end
  end
end

local function put_agent(known)
  local f = known.facts
  local a = agent(f.id)
  if not a or a.session ~= 'offline' and tonumber(a.since) > tonumber(f.since) then return end -- who came back meanwhile
  local remembered = {}
  for k, v in pairs(f) do
    if not ours[k] then
      remembered[#remembered + 1] = k
      remembered[#remembered + 1] = v
    end
  end
  set(f.id, unpack(remembered))
  undue('hb:' .. f.id)
  undue('prep:' .. f.id)
  if f.chosen == 'login_prep' then due('prep:' .. f.id, tonumber(f.prep)) end
  undue('grace:' .. f.id)
  if f.session == 'online' then due('hb:' .. f.id, NOW + tonumber(a.heartbeat)) end
  if f.session == 'lost' then due('grace:' .. f.id, NOW + math.max(tonumber(a.grace), tonumber(a.digital_grace))) end -- their work is told below
  for _, c in ipairs(CHANNELS) do
    local till = tonumber(f['cooldown:' .. c] or '0')
    if till > 0 then due('cool:' .. c .. ':' .. f.id, till) else undue('cool:' .. c .. ':' .. f.id) end
  end
  emit('agent.restored', {agent = f.id, session = f.session, session_id = f.session_id, chosen = f.chosen, reason = f.reason or '',
    system = f.system, next = f.next or '', next_reason = f.next_reason or '', device = f.device})
  for _, l in ipairs(known.leases or {}) do
    local id = l.id
    if redis.call('EXISTS', key('lease', id)) == 0 then
      for k, v in pairs(l) do if k ~= 'id' then redis.call('HSET', key('lease', id), k, v) end end
      redis.call('SADD', key('leases', f.id), id)
      touch(f.id)
      only_this(f.id, l.channel, id)
      if tonumber(l.deadline or '0') > 0 then due('acw:' .. id, tonumber(l.deadline)) end
      emit('acw.restored', {lease = id, interaction = l.interaction, agent = f.id, queue = l.queue, channel = l.channel, deadline = l.deadline or '0'})
    end
  end
end

-- put lets an interaction be there again, at the age it has.
local function put(c)
  redis.call('HSET', key('int', c.id), 'channel', c.channel, 'queue', c.queue, 'priority', num(c.priority), 'since', num(c.since),
    'node', node, 'data', c.data, 'state', 'waiting', 'lease', '', 'rung', '', 'owner', '', 'wants', c.wants, 'entered', num(c.entered), 'visit', c.visit, 'begin', c.begin)
  redis.call('SADD', key('ints'), c.id)
  local i = interaction(c.id)
  stand(i, c.head)
  watch(i)
  stage(c.id, false)
  pose(c.id)
  emit('interaction.restored', {interaction = c.id, queue = c.queue, channel = c.channel, priority = c.priority, since = c.since,
    head = c.head and '1' or '0', node = node})
  return i
end

-- guest_again: an agent is a guest in it. Whatever else they have in hand is more than who is consulted may have.
local function guest_again(c, i, k)
  local asked = k.purpose == 'consult'
  for _, other in ipairs(asked and redis.call('SMEMBERS', key('leases', k.agent)) or {}) do redis.call('HSET', key('lease', other), 'over', '1') end
  undue('offer:' .. k.id, 'audio:' .. k.id)
  if i.toward == k.id then redis.call('HSET', key('int', c.id), 'toward', '') end
  redis.call('HSET', key('lease', k.id), 'agent', k.agent, 'channel', c.channel, 'interaction', c.id, 'kind', k.purpose, 'purpose', k.purpose, 'by', '',
    'note', k.note or '', 'deadline', '0', 'made', num(NOW), 'accepted', num(NOW), 'connected', num(NOW), 'queue', c.queue, 'node', node)
  redis.call('SADD', key('leases', k.agent), k.id)
  touch(k.agent)
  if asked then set(k.agent, 'consulted', k.id) end
  guest(k.id, c.id)
  only_this(k.agent, not asked and c.channel or nil, k.id)
  emit(k.purpose .. '.restored', {lease = k.id, interaction = c.id, agent = k.agent, queue = c.queue, channel = c.channel, node = node, purpose = k.purpose})
end

-- guests: the call tells who is; of one who is not any more it is told anew.
local function guests(c, i)
  local told = {}
  for _, k in ipairs(c.guests or {}) do
    local l = hash(key('lease', k.id))
    told[k.id] = true
    if l.kind == 'done' then
      emit(k.purpose .. '.ended', {lease = k.id, interaction = c.id, agent = k.agent, queue = c.queue, node = node, reason = 'reconciled', purpose = k.purpose})
    elseif not l.kind or l.kind == 'offer' then
      guest_again(c, i, k)
    end
  end
  for id in each(i.guests) do
    local l = hash(key('lease', id))
    if not told[id] and tonumber(l.accepted or '0') < NOW - 2000 then end_guest(id, l, 'reconciled') end -- a younger one the call learns of yet
  end
end

-- talks: an agent and the customer hear each other, on the one lease there is; or the agent calls the customer, who does not
-- hear them yet.
local function talks(c)
  c.lease, c.agent = c.leases[1].id, c.leases[1].agent
  local l = hash(key('lease', c.lease))
  if l.kind == 'acw' or l.kind == 'done' then return end
  local i = interaction(c.id) or put(c)
  if l.purpose then -- which its agent has accepted, or to whom it was handed over: that is forgotten
    if l.kind ~= 'offer' then unpromise(c.lease, l, i) else call_off(i, 'withdrawn', 'reconciled') end
    redis.call('HDEL', key('lease', c.lease), 'purpose')
    i = interaction(c.id)
  end
  guests(c, i)
  i = interaction(c.id)
  if c.toward and redis.call('EXISTS', key('lease', c.toward.id)) == 0 then -- the giver asks anew
    emit('offer.withdrawn', {lease = c.toward.id, interaction = c.id, agent = c.toward.agent, queue = c.queue, node = node, reason = 'reconciled', head = '0', purpose = c.toward.purpose})
  elseif (i.toward or '') ~= '' and not (c.toward and c.toward.id == i.toward) and tonumber(redis.call('HGET', key('lease', i.toward), 'made')) < NOW - 2000 then
    call_off(i, 'withdrawn', 'reconciled')
  end
  i = interaction(c.id)
  if c.lease ~= i.lease then call_off(i, 'withdrawn', 'reconciled') end -- whoever gave it has it no more
  for other in each(i.lease) do
    local o = hash(key('lease', other))
    if other ~= c.lease and i.queue == '' then -- to which nobody goes back
      end_work(other, o, 'transferred')
    elseif other ~= c.lease then
      end_offer(other, o, 'withdrawn', 'reconciled')
    end
  end
  if l.kind == 'work' and (l.connected or not c.talks) then return end
  undue('offer:' .. c.lease, 'audio:' .. c.lease, 'wake:' .. c.id)
  redis.call('HSET', key('lease', c.lease), 'agent', c.agent, 'channel', c.channel, 'interaction', c.id, 'kind', 'work', 'by', l.by or '',
    'deadline', '0', 'made', l.made or num(c.since), 'queue', c.queue, 'node', node)
  if c.dialed then redis.call('HSET', key('lease', c.lease), 'dialed', '1') end
  if (c.reply or 0) > 0 then
    redis.call('HSET', key('lease', c.lease), 'reply', num(c.reply))
    due('reply:' .. c.lease, c.reply)
  end
  local deadline = 0
  if c.talks then
    redis.call('HSET', key('lease', c.lease), 'connected', num(NOW))
  else
    deadline = NOW + DIALING
    redis.call('HSET', key('lease', c.lease), 'deadline', num(deadline))
    due('audio:' .. c.lease, deadline)
  end
  redis.call('SADD', key('leases', c.agent), c.lease)
  touch(c.agent)
  if agent(c.agent) and consulted(agent(c.agent)) then redis.call('HSET', key('lease', c.lease), 'over', '1') end
  redis.call('HSET', key('int', c.id), 'state', 'owned', 'owner', c.agent, 'lease', c.lease, 'rung', '')
  stand_no_more(c.queue, c.id)
  release(interaction(c.id))
  only_this(c.agent, c.channel, c.lease)
  emit('work.restored', {lease = c.lease, interaction = c.id, agent = c.agent, queue = c.queue, channel = c.channel, node = node, deadline = deadline})
end

-- waits: nobody talks with the customer, though agents' devices may ring for them.
local function waits(c)
  local i, known = interaction(c.id), {}
  for _, l in ipairs(c.leases) do
    known[l.id] = true
    if redis.call('EXISTS', key('lease', l.id)) == 0 then -- it is offered anew, without a miss
      emit('offer.withdrawn', {lease = l.id, interaction = c.id, agent = l.agent, queue = c.queue, node = node, reason = 'reconciled', head = '0'})
    end
  end
  if not i then
    i = put(c)
    if not open(c.queue) then leave(c.id, 'closed') end
    return
  end
  if i.state == 'snoozed' then
    undue('wake:' .. c.id)
    back(i, c.head)
    emit('interaction.requeued', {interaction = c.id, queue = i.queue, priority = i.priority, since = i.since, head = c.head and '1' or '0', node = node,
      lease = '', agent = i.owner, reason = 'reconciled'})
    return
  end
  call_off(i, 'withdrawn', 'reconciled') -- nobody has it who could want that
  disband(i, 'reconciled')
  for lease in each(i.lease) do
    local l = hash(key('lease', lease))
    if not known[lease] and tonumber(l.made or '0') < NOW - 2000 then end_offer(lease, l, 'withdrawn', 'reconciled') end -- a younger one the call learns of yet
  end
end

-- sleeps: it was put aside by its owner.
local function sleeps(c)
  local i = interaction(c.id) or put(c)
  if i.state == 'snoozed' then return end
  call_off(i, 'withdrawn', 'reconciled')
  disband(i, 'reconciled')
  local had = ''
  for lease in each(i.lease) do
    local l = hash(key('lease', lease))
    if l.kind == 'offer' then
      end_offer(lease, l, 'withdrawn', 'reconciled')
    elseif l.kind then
      had = lease
      drop(lease, l)
    end
  end
  redis.call('HSET', key('int', c.id), 'state', 'snoozed', 'owner', c.owner, 'lease', '', 'rung', '')
  stand_no_more(i.queue, c.id)
  if c.till > 0 then due('wake:' .. c.id, c.till) end
  emit('interaction.snoozed', {interaction = c.id, lease = had, agent = c.owner, queue = i.queue, till = c.till})
  release(interaction(c.id))
end

-- later compares places in the journal.
local function later(a, b)
  local x, m = string.match(a, '^(%d+)-(%d+)$')
  local y, n = string.match(b or '', '^(%d+)-(%d+)$')
  return not y or tonumber(x) > tonumber(y) or x == y and tonumber(m) > tonumber(n)
end

-- catch_up: it was transferred since. What is known of it is of the queue that it left.
local function catch_up(c)
  local i = interaction(c.id)
  if not i or not later(c.begin, i.begin) then return end
  disband(i, 'transferred')
  stand_no_more(i.queue, i.id)
  for lease in each(i.lease) do
    local l = hash(key('lease', lease))
    if l.kind == 'work' and l.connected then
      end_work(lease, l, 'transferred')
    elseif l.kind then
      drop(lease, l)
      emit('offer.withdrawn', {lease = lease, interaction = i.id, agent = l.agent, queue = l.queue, node = node, reason = 'reconciled', head = '0'})
    end
  end
  gone(i.id, i.queue, 'transferred')
  release(i)
end

-- let_go: whoever stood here when the node was asked, and for whom no call stands.
local function let_go(stands)
  for _, id in ipairs(redis.call('SMEMBERS', key('ints'))) do
    local i = interaction(id)
    if i and i.node == node and not stands[id] and tonumber(i.entered or NOW) < since then leave(id, 'lost') end
  end
end

local stands = {}
for _, known in ipairs(cjson.decode(ARGV[6])) do put_agent(known) end
for _, c in ipairs(cjson.decode(ARGV[3])) do
  stands[c.id] = true
  if c.begin ~= '' and (forgot or c.talks and interaction(c.id)) then
    catch_up(c)
    if c.talks or c.dialed and #c.leases > 0 then talks(c) elseif c.snoozed then sleeps(c) else waits(c) end
  end
end
let_go(stands)
told(node)
return {'ok'}
