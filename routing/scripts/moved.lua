-- node, another one that had a thing, the thing: it is the node's now. The other one hears of it when it keeps it next.
local node, from, id = ARGV[2], ARGV[3], ARGV[4]
redis.call('HDEL', key('kept', from), id)
redis.call('SADD', key('taken', from), id)
redis.call('PEXPIRE', key('taken', from), num(TAKEN))
redis.call('SREM', key('taken', node), id)
return {'ok'}
