-- A hold: the ledger is not known to be true. Nobody is offered anything and no deadline is carried out until every node
-- that was alive has told what it knows (reconcile.lua), or for five seconds. Redis has forgotten something, and they tell
-- all (untold); or it was away, and they tell what their calls are (unheard).
local HOLD = 5000
local function held() return redis.call('EXISTS', key('hold')) == 1 end

-- doubt begins a hold, or lets one wait for more nodes.
local function doubt(whom, nodes)
  redis.call('SET', key('hold'), num(NOW + HOLD), 'NX')
  for node in each(nodes) do redis.call('SADD', key(whom), node) end
end

-- AWAY is how long nobody has swept when Redis was away, or the way to it.
local AWAY = 2000

-- silent is true of a node that has swept, and has not for a while.
local function silent(node)
  local at = string.match(redis.call('HGET', key('sweeps'), node or '') or '', '%d+$')
  return at and tonumber(at) < NOW - AWAY
end
