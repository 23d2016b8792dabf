-- node, 1 when it begins anew, its things (json): it lives, so that nobody takes over more. Returned is what another node has
-- taken over. Of what it does not name nothing is kept any more when it begins anew.
local node, here, out = ARGV[2], {}, {'ok'}
redis.call('ZADD', key('nodes'), num(NOW), node)
for _, id in ipairs(cjson.decode(ARGV[4])) do
  here[id] = true
  if redis.call('SISMEMBER', key('taken', node), id) == 1 then out[#out + 1] = id end
end
if ARGV[3] == '1' then
  for _, id in ipairs(redis.call('HKEYS', key('kept', node))) do
    if not here[id] then redis.call('HDEL', key('kept', node), id) end
  end
end
return out
