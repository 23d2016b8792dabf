-- agent, session
local id = ARGV[2]
local a = agent(id)
if a and a.ended == ARGV[3] and a.session_id ~= ARGV[3] then return conflict('fenced') end
if not a or a.session_id ~= ARGV[3] then return conflict('viewer') end
local open = {'open'}
for _, l in ipairs(redis.call('SMEMBERS', key('leases', id))) do
  if redis.call('HGET', key('lease', l), 'kind') ~= 'offer' then open[#open + 1] = l end
end
if #open > 1 then return open end
sign_off(id, ARGV[3], 'logout')
return {'ok'}
