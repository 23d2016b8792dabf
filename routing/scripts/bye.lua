-- node: it stops, and takes its devices with it
local node = ARGV[2]
local was_dead = dead(node)
redis.call('ZREM', key('nodes'), node)
redis.call('DEL', key('node', node))
devices_gone(node)
if was_dead then lives(node) end
weigh_leaving()
return {'ok'}
