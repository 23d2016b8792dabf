-- lift ends a hold: whoever waits and whoever is free find each other.
local function lift()
  redis.call('DEL', key('hold'), key('untold'))
  for _, id in ipairs(redis.call('SMEMBERS', key('agents'))) do match_agent(id) end
end

-- swept counts a node's sweeps. Redis counts with it: where its number is the lower one, it is another Redis, or one that
-- has gone back in time. Returned are the node's number now and who is alive; a node is, for three seconds after each sweep.
local function swept(node, n, alive)
  local was = string.match(redis.call('HGET', key('sweeps'), node) or '0', '^%d+')
  if tonumber(was) < n then doubt(node .. ',' .. alive) end
  local count = math.max(tonumber(was), n) + 1
  redis.call('HSET', key('sweeps'), node, num(count) .. ' ' .. num(NOW))
  local all = {}
  for other, text in pairs(hash(key('sweeps'))) do
    local at = tonumber(string.match(text, '%d+$'))
    if at > NOW - 3000 then all[#all + 1] = other elseif at < NOW - 86400000 then redis.call('HDEL', key('sweeps'), other) end
  end
  return num(count), table.concat(all, ',')
end
