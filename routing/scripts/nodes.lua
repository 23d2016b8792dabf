-- every node: id, address, since, last, ms until its drain ends ('' is no drain), ms of silence
local out = {'ok'}
local all = redis.call('ZRANGE', key('nodes'), 0, -1, 'WITHSCORES')
for n = 1, #all, 2 do
  local f = hash(key('node', all[n]))
  local ends = tonumber(f['until'] or '0')
  local left = ends > 0 and num(math.max(0, ends - NOW)) or ''
  for _, v in ipairs({all[n], f.address or '', f.since or '0', num(tonumber(all[n + 1])), left, num(NOW - tonumber(all[n + 1]))}) do
    out[#out + 1] = v
  end
end
return out
