-- node, then pairs: a thing of the node and what another node needs to go on with it ('' is nothing any more). Returned is
-- what another node has taken over meanwhile.
local node, out = ARGV[2], {'ok'}
for n = 3, #ARGV, 2 do
  if redis.call('SISMEMBER', key('taken', node), ARGV[n]) == 1 then
    out[#out + 1] = ARGV[n]
  elseif ARGV[n + 1] == '' then
    redis.call('HDEL', key('kept', node), ARGV[n])
  else
    redis.call('HSET', key('kept', node), ARGV[n], ARGV[n + 1])
  end
end
redis.call('PEXPIRE', key('kept', node), num(KEPT))
return out
