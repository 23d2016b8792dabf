-- agents' facts as json: [id]; all when there is none
local ids = ARGV[2] ~= '' and {ARGV[2]} or redis.call('SMEMBERS', key('agents'))
local out = {'ok'}
for _, id in ipairs(ids) do
  local a = agent(id)
  if a then
    local leases = {}
    for _, lid in ipairs(redis.call('SMEMBERS', key('leases', id))) do
      local l = hash(key('lease', lid))
      l.id = lid
      l.left = num(math.max(0, tonumber(l.deadline or '0') - NOW))
      local i = interaction(l.interaction)
      if i then
        l.data = i.data
        l.waited = num((tonumber(l.made) or NOW) - tonumber(i.since))
      end
      leases[#leases + 1] = l
    end
    a.why = why(a, 'voice') or ''
    local d = hash(key('devices', id))
    a.at = d[d.kind or ''] or ''
    if a.chosen == 'login_prep' then a.prep_left = num(math.max(0, tonumber(a.prep) - NOW)) end
    if (a.logout or '') ~= '' then a.logout_left = num(math.max(0, tonumber(a.logout) - NOW)) end
    local facts = {facts = a}
    if #leases > 0 then facts.leases = leases end
    out[#out + 1] = cjson.encode(facts)
  end
end
return out
