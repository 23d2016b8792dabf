-- id, channel, queue, priority (0: the queue's), since (0: now), node, data (json), visit, what it wants beside what the
-- queue does (json or ''), closed (1: the queue's hours are over); where in the journal it begins, its age and priority,
-- when it came. The client repeats a command whose answer was lost: the same visit is answered in the same way.
local id, q = ARGV[2], hash(key('queue', ARGV[4]))
local function refused(why_not)
  emit('interaction.refused', {interaction = id, queue = ARGV[4], reason = why_not, node = ARGV[7]})
  return conflict(why_not)
end
local there = interaction(id)
if there and there.visit == ARGV[9] then return {'ok', there.begin, there.since, there.priority, there.entered} end
if there then return conflict('taken') end
if ARGV[11] == '1' or not open(ARGV[4]) then return refused('closed') end
local most = tonumber(q.max_waiting)
if most > 0 and redis.call('ZCARD', key('wait', ARGV[4])) >= most then return refused('full') end
if q.join_empty == '0' and redis.call('SCARD', key('here', ARGV[4])) == 0 then return refused('no_agents') end
local priority, since = tonumber(ARGV[5]), tonumber(ARGV[6])
if priority == 0 then priority = tonumber(q.priority) end
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
