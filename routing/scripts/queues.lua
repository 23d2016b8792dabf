-- per queue: name, waiting, since of the oldest, agents logged in, agents free
local out = {'ok'}
for _, q in ipairs(redis.call('SMEMBERS', key('queues'))) do
  local oldest = NOW
  for _, id in ipairs(redis.call('ZRANGE', key('wait', q), 0, -1)) do
    oldest = math.min(oldest, tonumber(redis.call('HGET', key('int', id), 'since') or num(NOW)))
  end
  local here, freeOnes = 0, 0
  for _, id in ipairs(redis.call('SMEMBERS', key('serves', q))) do
    local a = agent(id)
    if a and a.session == 'online' then here = here + 1 end
    if a and not why(a) then freeOnes = freeOnes + 1 end
  end
  out[#out + 1] = q
  out[#out + 1] = num(redis.call('ZCARD', key('wait', q)))
  out[#out + 1] = num(NOW - oldest)
  out[#out + 1] = num(here)
  out[#out + 1] = num(freeOnes)
end
return out
