-- node, its address for other nodes, ms since its start, ms until its drain ends ('' is no drain): "new" when the floor did not count on it
local node = ARGV[2]
local last, was_dead = redis.call('ZSCORE', key('nodes'), node), dead(node)
local new = not last or was_dead
redis.call('ZADD', key('nodes'), num(NOW), node)
redis.call('HDEL', key('node', node), 'dead')
local ends = ARGV[5] ~= '' and num(NOW + tonumber(ARGV[5])) or '0'
local was = redis.call('HMGET', key('node', node), 'until', 'address')
local turned = new or ((was[1] or '0') == '0') ~= (ends == '0') or was[2] ~= ARGV[3] -- devices may go, or come here, that did not
redis.call('HSET', key('node', node), 'address', ARGV[3], 'since', num(NOW - tonumber(ARGV[4])), 'until', ends)
if was_dead then lives(node) end
-- who was silent itself judges nobody: Redis may have been away for all
if last and NOW - tonumber(last) < 2500 then
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', key('nodes'), '-inf', num(NOW - 3000))) do
    if redis.call('HSETNX', key('node', other), 'dead', num(NOW)) == 1 then
      deads[other], turned = true, true
      dies(other)
    end
  end
end
for _, other in ipairs(redis.call('ZRANGEBYSCORE', key('nodes'), '-inf', num(NOW - 86400000))) do
  redis.call('ZREM', key('nodes'), other)
  redis.call('DEL', key('node', other))
end
if turned then weigh_leaving() end
return {'ok', new and 'new' or ''}
