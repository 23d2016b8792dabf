-- agent: what waits in their queues, the first fifty of each, and the first reason why it is not offered to them
local a = agent(ARGV[2])
if not a or not known(ARGV[2]) then return conflict('unknown_agent') end
local out = {'ok'}
for _, p in ipairs(places(a)) do
  line(p.queue, function(i, told)
    if i.state == 'offered' and among(',' .. i.rung .. ',', a.id) then
      told.kind, told.words = 'offered', 'is offered to this agent'
    elseif i.state == 'offered' and not rings_all(i.queue) then
      local name = redis.call('HGET', key('agent', told.with), 'name') or ''
      told.kind, told.words = 'offered', 'is offered to ' .. (name ~= '' and name or told.with)
    else
      told.kind, told.words = objection(i, a, true)
    end
    out[#out + 1] = cjson.encode(told)
  end)
end
return out
