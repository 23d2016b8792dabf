-- lease, agent, queue, visit, priority (0: as it is), closed (1: the queue's hours are over), skills it needs from now on and those it
-- needs no more (json: levels by name, and names), the agent's note: what the agent has in hand waits in that queue, before
-- the agent's part is over. The client repeats a command whose answer was lost: the same visit is made once.
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
local i = l.interaction and interaction(l.interaction)
if i and i.visit == ARGV[5] then return {'ok'} end
if not i or l.agent ~= ARGV[3] or l.kind ~= 'work' or not l.connected or i.lease ~= id then return conflict('gone') end
local no = no_place(ARGV[4], ARGV[7] == '1')
local takes, keep_age = unpack(redis.call('HMGET', key('queue', ARGV[4]), 'transfers', 'keep_age'))
if no ~= 'closed' and takes ~= '1' then no = 'no_transfers' end
if no then return conflict(no) end

-- Its own wishes go along, but not whom alone it might go to: they serve the queue it leaves.
local wants = i.wants ~= '' and cjson.decode(i.wants) or {}
wants.only, wants.needs = nil, wants.needs or {}
for _, name in ipairs(cjson.decode(ARGV[9])) do wants.needs[name] = nil end
for name, level in pairs(cjson.decode(ARGV[8])) do wants.needs[name] = level end
if not next(wants.needs) then wants.needs = nil end
wants = next(wants) and cjson.encode(wants) or ''
local data = handed(i, l.agent, ARGV[10])

call_off(i, 'withdrawn', 'transferred')
disband(i, 'transferred')
local slot_back, from = end_work(id, l, 'transferred'), i.queue
gone(i.id, from, 'transferred')
local priority = tonumber(ARGV[6]) > 0 and ARGV[6] or i.priority
redis.call('HSET', key('int', i.id), 'channel', i.channel, 'queue', ARGV[4], 'priority', priority, 'since', keep_age == '1' and i.since or num(NOW),
  'node', i.node, 'data', data, 'state', 'waiting', 'lease', '', 'rung', '', 'owner', '', 'visit', ARGV[5], 'entered', num(NOW), 'wants', wants,
  'tried', string.format(',%s!,%s,', l.agent, l.agent)) -- who gives it away is asked when somebody else was, or when a round is over
due('round:' .. i.id, NOW + 60000)
enters(i.id, {from = from, by = l.agent, note = ARGV[10], visit = ARGV[5], entered = NOW, data = data, wants = wants})
if slot_back then free(l.agent) end
return {'ok'}
