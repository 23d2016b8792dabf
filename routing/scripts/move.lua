-- interaction, queue, visit, who says so: who waits, or is only offered, waits in that queue at the age that its rules give. The client
-- repeats a command whose answer was lost: the same visit is made once.
local i, queue, by = interaction(ARGV[2]), ARGV[3], ARGV[5]
if not i then return conflict('gone') end
if i.visit == ARGV[4] then return {'ok'} end
if i.state ~= 'waiting' and i.state ~= 'offered' then return conflict('talking') end
if i.queue == queue then return conflict('there_already') end
local no = no_place(queue, false)
local takes, keep_age = unpack(redis.call('HMGET', key('queue', queue), 'transfers', 'keep_age'))
if no ~= 'closed' and takes ~= '1' then no = 'no_transfers' end
if no then return conflict(no) end

-- Its own wishes go along, but not whom alone it might go to: they serve the queue it leaves.
local wants = i.wants ~= '' and cjson.decode(i.wants) or {}
wants.only = nil
wants = next(wants) and cjson.encode(wants) or ''

local free_again = {}
for id in each(i.lease) do
  local l = hash(key('lease', id))
  drop(id, l)
  emit('offer.withdrawn', {lease = id, interaction = i.id, agent = l.agent, queue = i.queue, node = l.node, reason = 'moved', head = '0'})
  free_again[#free_again + 1] = l.agent
end
release(i)
stand_no_more(i.queue, i.id)
gone(i.id, i.queue, 'transferred')
redis.call('HSET', key('int', i.id), 'channel', i.channel, 'queue', queue, 'priority', i.priority, 'since', keep_age == '1' and i.since or num(NOW),
  'node', i.node, 'data', i.data, 'state', 'waiting', 'lease', '', 'rung', '', 'owner', '', 'visit', ARGV[4], 'entered', num(NOW), 'wants', wants)
enters(i.id, {from = i.queue, by = by, visit = ARGV[4], entered = NOW, data = i.data, wants = wants})
for _, agent in ipairs(free_again) do free(agent) end
return {'ok'}
