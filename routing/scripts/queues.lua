-- per queue: name, waiting, how long the oldest has waited, agents logged in, agents free for a call
local out = {'ok'}
for _, q in ipairs(redis.call('SMEMBERS', key('queues'))) do
  local oldest = redis.call('ZRANGE', key('age', q), 0, 0, 'WITHSCORES')
  out[#out + 1] = q
  out[#out + 1] = num(redis.call('ZCARD', key('wait', q)))
  out[#out + 1] = num(NOW - (tonumber(oldest[2]) or NOW))
  out[#out + 1] = num(redis.call('SCARD', key('here', q)))
  out[#out + 1] = num(redis.call('ZCARD', key('free', q .. ':voice')))
end
return out
