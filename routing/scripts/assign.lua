-- interaction, agent, who says so: it is the agent's, beyond what they may have; a call rings for them, and they must be
-- able to take one
local i, a, by = interaction(ARGV[2]), agent(ARGV[3]), ARGV[4]
if not i then return conflict('gone') end
if not a or not known(a.id) then return conflict('unknown_agent') end
local voice, theirs, others = slot(i.channel) == 'voice', nil, {}
for id in each(i.lease) do
  local l = hash(key('lease', id))
  if l.agent == a.id and (voice or l.kind == 'work') then theirs = id else others[#others + 1] = {id = id, lease = l, kind = l.kind} end
end
if theirs and #others == 0 then return {'ok', theirs} end -- told again, or so already
if held() or mute(i.channel, i.node) or a.session ~= 'online' then return conflict('not_available') end
if voice and i.state == 'owned' then return conflict('talking') end
if voice and absent(a, i.channel) then return conflict('not_available') end
if voice and not theirs and (load(a).voice >= limits(a, 'voice') or consulted(a)) then return conflict('at_max') end
call_off(i, 'withdrawn', 'assigned')
disband(i, 'assigned')
a = agent(a.id) -- who may have been consulted on it
for _, o in ipairs(others) do
  drop(o.id, o.lease)
  emit(o.kind == 'offer' and 'offer.withdrawn' or 'work.released', {lease = o.id, interaction = i.id, agent = o.lease.agent, queue = i.queue,
    node = i.node, reason = 'assigned', head = '0'})
end
undue('wake:' .. i.id)
if voice and rings_all(i.queue) then -- but not this time; whoever goes back to the queue asks anew
  i.only = ',' .. a.id .. ','
  redis.call('HSET', key('int', i.id), 'only', i.only)
end
if theirs then -- of several whose devices ring
  redis.call('HSET', key('int', i.id), 'lease', theirs, 'rung', a.id)
  pose(i.id)
else
  i.state = 'waiting'
  theirs = voice and offer(i, a.id, {considered = 1, mean = 0, rank = '0', by = by}) or give(i, a, by)
end
for _, o in ipairs(others) do
  if o.kind == 'work' then set(o.lease.agent, 'idle', num(NOW)) end
  free(o.lease.agent)
end
return {'ok', theirs}
