-- node, agents (json; [] is all): what a node must know to put its agents into a Redis that has forgotten them. An agent
-- whose page is elsewhere by now is told as an id alone.
if held() or redis.call('EXISTS', key('agents')) == 0 then return conflict('held') end
local ids = cjson.decode(ARGV[3])
if #ids == 0 then ids = redis.call('SMEMBERS', key('agents')) end
local out = {'ok'}
for _, id in ipairs(ids) do
  local a = agent(id)
  out[#out + 1] = id
  if a and a.node == ARGV[2] and a.session ~= 'offline' then
    local leases = {}
    for _, lid in ipairs(redis.call('SMEMBERS', key('leases', id))) do
      local l = hash(key('lease', lid))
      if l.kind == 'acw' then
        l.id = lid
        leases[#leases + 1] = l
      end
    end
    local known = {facts = a}
    if #leases > 0 then known.leases = leases end
    out[#out + 1] = cjson.encode(known)
  else
    out[#out + 1] = ''
  end
end
return out
