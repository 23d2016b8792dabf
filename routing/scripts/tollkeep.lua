-- id, agent, team, how long the lease is in ms, '1' when it is answered: a call outside goes on. One that Redis has forgotten is there again.
local id = ARGV[2]
toll.sweep()
toll.add(id, NOW)
redis.call('ZADD', key('toll'), num(NOW + tonumber(ARGV[5])), id)
redis.call('HSET', key('toll', id), 'agent', ARGV[3], 'team', ARGV[4])
if ARGV[6] == '1' then redis.call('HSETNX', key('toll', id), 'since', num(NOW)) end
return {'ok'}
