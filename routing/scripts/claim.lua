-- heir, node, ms of silence after which the node is succeeded, how many at most: things of the dead node that are the heir's from
-- now on, as pairs. A heir that was silent itself judges nobody, and a node that Redis has not seen dead for most of the time was
-- only not heard.
local heir, node, after = ARGV[2], ARGV[3], tonumber(ARGV[4])
local function silence(n) return NOW - tonumber(redis.call('ZSCORE', key('nodes'), n) or '0') end
if not dead(node) or silence(node) < after or silence(heir) > 2500 then return conflict('alive') end
if NOW - tonumber(redis.call('HGET', key('node', node), 'dead')) < after - 5000 then return conflict('alive') end
local out = {'ok'}
for n, id in ipairs(redis.call('HKEYS', key('kept', node))) do
  if n > tonumber(ARGV[5]) then break end
  local text = redis.call('HGET', key('kept', node), id)
  redis.call('HDEL', key('kept', node), id)
  redis.call('SADD', key('taken', node), id)
  redis.call('HSET', key('kept', heir), id, text) -- in case the heir dies, too
  redis.call('SREM', key('taken', heir), id) -- which had it before, perhaps
  out[#out + 1], out[#out + 2] = id, text
end
redis.call('PEXPIRE', key('taken', node), num(TAKEN))
redis.call('PEXPIRE', key('kept', heir), num(KEPT))
return out
