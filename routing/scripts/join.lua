-- interaction, agent (a supervisor), session ('' is nobody's in particular), what for, a name for this wish: they speak, too, in a call that
-- somebody has. Their lease. The client repeats a command whose answer was lost: the same wish is granted once.
local i, a, wish = interaction(ARGV[2]), agent(ARGV[3]), ARGV[6]
local l = i and i.state == 'owned' and hash(key('lease', i.lease)) or {}
for id in each(i and i.guests) do
  if redis.call('HGET', key('lease', id), 'wish') == wish then return {'ok', id} end
end
if l.kind ~= 'work' or not l.connected or slot(i.channel) ~= 'voice' then return conflict('gone') end
local no = no_call(a, ARGV[4])
if no then return no end
local id = lend('j', i, a.id, 'kind', 'join', 'purpose', 'join', 'note', ARGV[5], 'wish', wish, 'deadline', '0', 'accepted', num(NOW), 'connected', num(NOW))
guest(id, i.id)
emit('join.begun', {lease = id, interaction = i.id, agent = a.id, queue = i.queue, node = i.node, purpose = 'join', note = ARGV[5]})
return {'ok', id}
