-- interaction, agent, who says so: it is the agent's, beyond what they may have; a call rings for them, and they must be
-- able to take one
local i, a, by = interaction(ARGV[2]), agent(ARGV[3]), ARGV[4]
if not i then return conflict('gone') end
if not a or not known(a.id) then return conflict('unknown_agent') end
local l = hash(key('lease', i.lease))
local voice, was, kind = slot(i.channel) == 'voice', l.agent, l.kind
if was == a.id and (voice or kind == 'work') then return {'ok', i.lease} end -- told again, or so already
if held() or a.session ~= 'online' then return conflict('not_available') end
if voice and i.state == 'owned' then return conflict('talking') end
if voice and absent(a, i.channel) then return conflict('not_available') end
if voice and load(a).voice >= limits(a, 'voice') then return conflict('at_max') end
if kind then
  drop(i.lease, l)
  emit(kind == 'offer' and 'offer.withdrawn' or 'work.released', {lease = i.lease, interaction = i.id, agent = was, queue = i.queue, node = i.node,
    reason = 'assigned', head = '0'})
end
undue('wake:' .. i.id)
local lease = voice and offer(i, a.id, {considered = 1, mean = 0, rank = '0', by = by}) or give(i, a, by)
if was then
  if kind == 'work' then set(was, 'idle', num(NOW)) end
  free(was)
end
return {'ok', lease}
