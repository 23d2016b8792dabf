-- id, agent, team, how long the lease is in ms, and the limits, 0 is none: calls at once of all, of the team, of the agent; minutes a day
-- of all, of the agent: a call outside begins, or there are too_many, or the minutes_used are all there are.
local id, who, team, lease = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
toll.sweep()
local all, ofteam, ofagent = 0, 0, 0
for _, other in ipairs(redis.call('ZRANGE', key('toll'), 0, -1)) do
  toll.add(other, NOW)
  local c = hash(key('toll', other))
  if other ~= id then -- the client repeats a command whose answer was lost
    all = all + 1
    if team ~= '' and c.team == team then ofteam = ofteam + 1 end
    if who ~= '' and c.agent == who then ofagent = ofagent + 1 end
  end
end
if toll.over(tonumber(ARGV[6]), all) or toll.over(tonumber(ARGV[7]), ofteam) or toll.over(tonumber(ARGV[8]), ofagent) then
  return conflict('too_many')
end
if toll.over(tonumber(ARGV[9]) * 60000, toll.used('all')) or toll.over(tonumber(ARGV[10]) * 60000, toll.used('agent:' .. who)) then
  return conflict('minutes_used')
end
redis.call('ZADD', key('toll'), num(NOW + lease), id)
redis.call('HSET', key('toll', id), 'agent', who, 'team', team)
return {'ok'}
