-- interaction: its place (1 is next) and how many wait
local i = interaction(ARGV[2])
if not i then return conflict('gone') end
local rank = redis.call('ZRANK', key('wait', i.queue), ARGV[2])
if not rank then return {'ok', '0', '0'} end
return {'ok', num(rank + 1), num(redis.call('ZCARD', key('wait', i.queue)))}
