-- agent, node, the kind of device they work with, what is told (browser, phone, mic, or nothing: look anew), 1 or 0, reason
local id, node, what, there = ARGV[2], ARGV[3], ARGV[5], ARGV[6] == '1'
local k = key('devices', id)
if not agent(id) then return conflict('unknown_agent') end
if what == '' and redis.call('EXISTS', k) == 0 then return {'ok'} end
redis.call('HSET', k, 'kind', ARGV[4])
if what == 'mic' then
  redis.call('HSET', k, 'mic', ARGV[6], 'reason', ARGV[7])
elseif what ~= '' and there then
  redis.call('HSET', k, what, node)
elseif what ~= '' and redis.call('HGET', k, what) == node then -- elsewhere by now, it stays there
  redis.call('HDEL', k, what)
end
weigh(id)
return {'ok'}
