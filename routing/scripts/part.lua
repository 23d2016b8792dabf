-- lease, cause: its agent is done, while what they had is offered to somebody by their wish. It stands in its queue at its age, and
-- that offer is one like any other.
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind ~= 'work' then return conflict('gone') end
local i = interaction(l.interaction)
if (i.toward or '') == '' or redis.call('HGET', key('lease', i.toward), 'purpose') == 'consult' then return conflict('not_offered') end
if not open(i.queue) then
  finish(id, l, ARGV[3])
  return conflict('closed')
end
local slot_back = end_work(id, l, ARGV[3])
new_round(i)
back(i, false)
orphan(i)
match_interaction(i.id)
if slot_back then free(l.agent) end
return {'ok'}
