-- A hold: Redis has forgotten something, so that the ledger is not known to be true. Nobody is offered anything and no
-- deadline is carried out until every node that was alive has told its truth (reconcile.lua), or for five seconds.
local HOLD = 5000
local function held() return redis.call('EXISTS', key('hold')) == 1 end

-- doubt begins a hold, or lets one wait for more nodes.
local function doubt(nodes)
  redis.call('SET', key('hold'), num(NOW + HOLD), 'NX')
  for node in string.gmatch(nodes, '[^,]+') do redis.call('SADD', key('untold'), node) end
end
