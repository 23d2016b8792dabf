-- node, the interactions its calls stand for (json): whoever of the node is missing twice is let go
local live, lost = {}, {}
for _, id in ipairs(cjson.decode(ARGV[3])) do live[id] = true end
for _, id in ipairs(redis.call('SMEMBERS', key('ints'))) do
  local i = interaction(id)
  if i and i.node == ARGV[2] then
    if live[id] then
      if i.missing then redis.call('HDEL', key('int', id), 'missing') end
    elseif i.missing then
      redis.call('HSET', key('int', id), 'state', 'lost') -- offered to nobody meanwhile
      pose(id)
      lost[#lost + 1] = id
    else
      redis.call('HSET', key('int', id), 'missing', '1')
    end
  end
end
for _, id in ipairs(lost) do leave(id, 'lost') end
return {'ok'}
