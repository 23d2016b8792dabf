-- lease, agent, queue, visit, priority (0: as it is), closed (1: the queue's hours are over), skills it needs from now on and those it
-- needs no more (json: levels by name, and names), the agent's note: what the agent has in hand waits in that queue, before
-- the agent's part is over. The client repeats a command whose answer was lost: the same visit is made once.
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
local i = l.interaction and interaction(l.interaction)
if i and i.visit == ARGV[5] then return {'ok'} end
if not i or l.agent ~= ARGV[3] or l.kind ~= 'work' or not l.connected or i.lease ~= id then return conflict('gone') end
local q = hash(key('queue', ARGV[4]))
if ARGV[7] == '1' or not open(ARGV[4]) then return conflict('closed') end
if q.transfers ~= '1' then return conflict('no_transfers') end
if tonumber(q.max_waiting) > 0 and redis.call('ZCARD', key('wait', ARGV[4])) >= tonumber(q.max_waiting) then return conflict('full') end
if q.join_empty == '0' and redis.call('SCARD', key('here', ARGV[4])) == 0 then return conflict('no_agents') end

-- Its own wishes go along, but not whom alone it might go to: they serve the queue it leaves.
local wants = i.wants ~= '' and cjson.decode(i.wants) or {}
wants.only, wants.needs = nil, wants.needs or {}
for _, name in ipairs(cjson.decode(ARGV[9])) do wants.needs[name] = nil end
for name, level in pairs(cjson.decode(ARGV[8])) do wants.needs[name] = level end
if not next(wants.needs) then wants.needs = nil end
local data = cjson.decode(i.data)
if type(data) ~= 'table' then data = {} end
data.transferred_by, data.note = l.agent, ARGV[10]

call_off(i, 'withdrawn', 'transferred')
local slot_back, from = end_work(id, l, 'transferred'), i.queue
gone(i.id, from, 'transferred')
local priority = tonumber(ARGV[6]) > 0 and ARGV[6] or i.priority
redis.call('HSET', key('int', i.id), 'channel', i.channel, 'queue', ARGV[4], 'priority', priority, 'since', q.keep_age == '1' and i.since or num(NOW),
  'node', i.node, 'data', cjson.encode(data), 'state', 'waiting', 'lease', '', 'rung', '', 'owner', '', 'visit', ARGV[5], 'entered', num(NOW),
  'wants', next(wants) and cjson.encode(wants) or '')
redis.call('SADD', key('ints'), i.id)
i = interaction(i.id)
i.tried = string.format(',%s!,', l.agent)
mark_tried(i, l.agent) -- who gives it away is asked when somebody else was, or when a round is over
due('round:' .. i.id, NOW + 60000)
stand(i, false)
stage(i.id, false)
pose(i.id)
local begin = emit('interaction.queued', {interaction = i.id, queue = i.queue, channel = i.channel, priority = i.priority, since = i.since, node = i.node,
  from = from, by = l.agent, note = ARGV[10], visit = i.visit, entered = i.entered, data = i.data, wants = i.wants})
redis.call('HSET', key('int', i.id), 'begin', begin)
if not match_interaction(i.id) then watch(i) end
if slot_back then free(l.agent) end
return {'ok'}
