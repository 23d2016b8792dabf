-- id, channel, queue, priority (0: the queue's), since (0: now), node, data (json), visit, what it wants beside what the
-- queue does (json or ''), closed (1: the queue's hours are over); where in the journal it begins, its age and priority,
-- when it came. The client repeats a command whose answer was lost: the same visit is answered in the same way.
local id = ARGV[2]
local most, join_empty, usual = unpack(redis.call('HMGET', key('queue', ARGV[4]), 'max_waiting', 'join_empty', 'priority'))
local function refused(why_not)
  emit('interaction.refused', {interaction = id, queue = ARGV[4], reason = why_not, node = ARGV[7]})
  return conflict(why_not)
end
local there = interaction(id)
if there and there.visit == ARGV[9] then return {'ok', there.begin, there.since, there.priority, there.entered} end
if there then return conflict('taken') end
if redis.call('EXISTS', key('configured')) == 0 then return conflict('held') end -- which queues there are is not known yet
if ARGV[11] == '1' or not open(ARGV[4]) then return refused('closed') end
if tonumber(most) > 0 and redis.call('ZCARD', key('wait', ARGV[4])) >= tonumber(most) then return refused('full') end
if join_empty == '0' and redis.call('SCARD', key('here', ARGV[4])) == 0 then return refused('no_agents') end
local priority, since = tonumber(ARGV[5]), tonumber(ARGV[6])
if priority == 0 then priority = tonumber(usual) end
if since == 0 then since = NOW end
redis.call('HSET', key('int', id), 'channel', ARGV[3], 'queue', ARGV[4], 'priority', num(priority), 'since', num(since),
  'node', ARGV[7], 'data', ARGV[8], 'state', 'waiting', 'lease', '', 'wants', ARGV[10], 'entered', num(NOW))
redis.call('SADD', key('ints'), id)
local i = interaction(id)
stand(i, false)
stage(id, false)
pose(id)
local begin = emit('interaction.queued', {interaction = id, queue = i.queue, channel = i.channel, priority = priority, since = since, node = i.node})
redis.call('HSET', key('int', id), 'visit', ARGV[9], 'begin', begin)
if not match_interaction(id) then watch(i) end
return {'ok', begin, num(since), num(priority), num(NOW)}
