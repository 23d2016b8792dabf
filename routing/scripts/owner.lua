-- agent: the call they are on or that rings for them, its node, and whether that is dead (1 or 0); nothing when there is none
for _, lid in ipairs(redis.call('SMEMBERS', key('leases', ARGV[2]))) do
  local l = hash(key('lease', lid))
  if l.channel == 'voice' and l.kind ~= 'acw' then
    local i = interaction(l.interaction)
    if i then return {'ok', l.interaction, i.node, dead(i.node) and '1' or '0'} end
  end
end
return {'ok', '', '', '0'}
