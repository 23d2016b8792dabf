-- id, channel, queue, priority (0: the queue's), since (0: now), node, data (json), visit, what it wants beside what the
-- queue does (json or ''), closed (1: the queue's hours are over); where in the journal it begins, its age and priority,
-- when it came. The client repeats a command whose answer was lost: the same visit is answered in the same way.
local id = ARGV[2]
local there = interaction(id)
if there and there.visit == ARGV[9] then return {'ok', there.begin, there.since, there.priority, there.entered} end
if there then return conflict('taken') end
if redis.call('EXISTS', key('configured')) == 0 then return conflict('held') end -- which queues there are is not known yet
local no, usual = no_place(ARGV[4], ARGV[11] == '1')
if no then
  emit('interaction.refused', {interaction = id, queue = ARGV[4], reason = no, node = ARGV[7]})
  return conflict(no)
end
local priority, since = tonumber(ARGV[5]), tonumber(ARGV[6])
if priority == 0 then priority = tonumber(usual) end
if since == 0 then since = NOW end
redis.call('HSET', key('int', id), 'channel', ARGV[3], 'queue', ARGV[4], 'priority', num(priority), 'since', num(since),
  'node', ARGV[7], 'data', ARGV[8], 'state', 'waiting', 'lease', '', 'wants', ARGV[10], 'entered', num(NOW), 'visit', ARGV[9])
return {'ok', enters(id, {}), num(since), num(priority), num(NOW)}
