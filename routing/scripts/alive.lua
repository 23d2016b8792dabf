-- node, its address for other nodes, ms since its start, draining (1 or 0): "new" when the floor did not count on it
local node = ARGV[2]
local last = redis.call('ZSCORE', key('nodes'), node)
local was_dead = dead(node)
local new = not last or was_dead
redis.call('ZADD', key('nodes'), num(NOW), node)
redis.call('HDEL', key('node', node), 'dead')
redis.call('HSET', key('node', node), 'address', ARGV[3], 'since', num(NOW - tonumber(ARGV[4])), 'draining', ARGV[5])
if was_dead then lives(node) end
-- who was silent itself judges nobody: Redis may have been away for all
if last and NOW - tonumber(last) < 2500 then
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', key('nodes'), '-inf', num(NOW - 3000))) do
    if redis.call('HSETNX', key('node', other), 'dead', num(NOW)) == 1 then
      deads[other] = true
      dies(other)
    end
  end
end
for _, other in ipairs(redis.call('ZRANGEBYSCORE', key('nodes'), '-inf', num(NOW - 86400000))) do
  redis.call('ZREM', key('nodes'), other)
  redis.call('DEL', key('node', other))
end
return {'ok', new and 'new' or ''}
