-- every node: id, address, since, last, draining, ms of silence
local out = {'ok'}
local all = redis.call('ZRANGE', key('nodes'), 0, -1, 'WITHSCORES')
for n = 1, #all, 2 do
  local f = hash(key('node', all[n]))
  for _, v in ipairs({all[n], f.address or '', f.since or '0', num(tonumber(all[n + 1])), f.draining or '0', num(NOW - tonumber(all[n + 1]))}) do
    out[#out + 1] = v
  end
end
return out
