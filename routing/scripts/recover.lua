-- node: ends what a former life of it left
for _, id in ipairs(redis.call('SMEMBERS', key('ints'))) do
  local i = interaction(id)
  if i and i.node == ARGV[2] then
    local l = (i.lease or '') ~= '' and hash(key('lease', i.lease)) or {}
    if l.kind == 'work' then
      finish(i.lease, l, 'node_lost')
    else
      leave(id, 'node_lost')
    end
  end
end
return {'ok'}
