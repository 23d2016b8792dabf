-- node: ends what a former life of it left
for _, id in ipairs(redis.call('SMEMBERS', key('ints'))) do
  local i = interaction(id)
  if i and i.node == ARGV[2] then leave(id, 'node_lost') end
end
return {'ok'}
