-- node: it stops, and takes its devices with it
redis.call('ZREM', key('nodes'), ARGV[2])
redis.call('DEL', key('node', ARGV[2]))
devices_gone(ARGV[2])
weigh_leaving()
return {'ok'}
