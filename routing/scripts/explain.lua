-- interaction: what it asks, and what is against each agent of the floor
local i = interaction(ARGV[2])
if not i then return conflict('gone') end
local told = asked(i)
told.strategy = strategy(i.queue)
local out = {'ok', cjson.encode(told)}
for _, id in ipairs(redis.call('SMEMBERS', key('agents'))) do
  local a = agent(id)
  local here
  for _, p in ipairs(places(a)) do if p.queue == i.queue then here = p end end
  local kind, words, mean = objection(i, a, here)
  if i.state == 'offered' and among(',' .. i.rung .. ',', id) then kind, words = 'offered', 'is offered it now' end
  local used = load(a).all
  out[#out + 1] = cjson.encode({agent = id, name = a.name, kind = kind, words = words, mean = tostring(mean or 0), used = num(used),
    idle = num(a.idle == '0' and 0 or NOW - tonumber(a.idle)), calls = a.calls or '0',
    rank = here and tostring(rank(here.strategy, i.queue, a, used, here.place)) or ''})
end
return out
