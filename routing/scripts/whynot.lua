-- agent: what waits in their queues, the first fifty of each, and the first reason why it is not offered to them
local a = agent(ARGV[2])
if not a or not known(ARGV[2]) then return conflict('unknown_agent') end
local out = {'ok'}
for _, p in ipairs(places(a)) do
  for place, id in ipairs(redis.call('ZRANGE', key('wait', p.queue), 0, 49)) do
    local i = interaction(id)
    local told = asked(i)
    told.place = num(place)
    if i.state == 'offered' and among(',' .. told.with .. ',', a.id) then
      told.kind, told.words = 'offered', 'is offered to this agent'
    elseif i.state == 'offered' and not rings_all(i.queue) then
      told.kind, told.words = 'offered', 'is offered to ' .. told.with
    else
      told.kind, told.words = objection(i, a, true)
    end
    out[#out + 1] = cjson.encode(told)
  end
end
return out
