-- node, how often it has swept, who was alive; everything whose time has come, at most a hundred. The next time, the
-- node's number, who is alive, what the node has to tell (all, calls or nothing), and Redis' time.
local handle = {
  offer = function(id) local l = hash(key('lease', id)) if l.kind == 'offer' then run_out(id, l) end end,
  audio = function(id) local l = hash(key('lease', id)) if l.kind == 'work' or l.kind == 'consult' then end_offer(id, l, 'device_failed', l.dialed and 'no_answer' or 'no audio') end end,
  reply = function(id)
    local l = hash(key('lease', id))
    if l.kind == 'work' then end_offer(id, l, 'missed', 'no_reply') end
  end,
  acw = function(id) local l = hash(key('lease', id)) if l.kind == 'acw' then end_acw(id, l, 'timer') end end,
  forget = function(id) redis.call('DEL', key('lease', id)) end,
  cool = function(what)
    local c, id = string.match(what, '^(%a+):(.*)$')
    if redis.call('HGET', key('agent', id), 'cooldown:' .. c) == '0' then return end
    set(id, 'cooldown:' .. c, '0')
    emit('agent.cooled', {agent = id, channel = c})
    match_agent(id)
  end,
  round = function(id)
    redis.call('HDEL', key('int', id), 'tried')
    pose(id)
    match_interaction(id)
  end,
  relax = function(id)
    stage(id, true)
    pose(id)
    match_interaction(id)
  end,
  drain = function(id)
    local i = interaction(id)
    if i and i.state == 'waiting' then drain(i) end
  end,
  wake = function(id)
    local i = interaction(id)
    if i and i.state == 'snoozed' then wake(i, 'timer') end
  end,
  empty = function(q)
    if redis.call('SCARD', key('here', q)) > 0 then return end
    for _, id in ipairs(redis.call('ZRANGE', key('wait', q), 0, -1)) do leave(id, 'no_agents') end
  end,
  bury = function(node)
    if not dead(node) then return end
    for _, i in ipairs(at(node)) do leave(i.id, 'node_lost') end
  end,
  prep = function(id)
    local a = agent(id)
    if not a or a.chosen ~= 'login_prep' or NOW < tonumber(a.prep) then return end
    set(id, 'chosen', 'away', 'reason', 'login', 'since', num(NOW))
    emit('agent.chosen', {agent = id, chosen = 'away', reason = 'login', by = ''})
  end,
  out = function(id)
    local a = agent(id)
    if a and (a.logout or '') ~= '' and NOW >= tonumber(a.logout) then leave_for_the_day(a) end
  end,
  hb = function(id) local a = agent(id) if a then lose(id, a, 'no heartbeat') end end,
  grace = function(id)
    local a = agent(id)
    if not a or a.session ~= 'lost' then return end
    sign_off(id, a.session_id, 'lost')
    recall(id, 'lost')
  end,
}
local node = ARGV[2]
local count, alive = swept(node, tonumber(ARGV[3]), ARGV[4])
if held() and NOW >= tonumber(redis.call('GET', key('hold'))) then lift() end
if held() then return {'ok', '50', count, alive, asked_of(node), num(NOW)} end
for _, m in ipairs(redis.call('ZRANGEBYSCORE', key('due'), '-inf', num(NOW), 'LIMIT', 0, 100)) do
  redis.call('ZREM', key('due'), m)
  local kind, id = string.match(m, '^(%a+):(.*)$')
  handle[kind](id)
end
local next = redis.call('ZRANGE', key('due'), 0, 0, 'WITHSCORES')
return {'ok', #next == 0 and '-1' or num(math.max(0, tonumber(next[2]) - NOW)), count, alive, '', num(NOW)}
