-- An agent's day: what of it ends by itself. After a login there may be a time to get ready in (prep: till when). Whoever
-- rests, which is to be away with nothing in hand, for logout_after, or is still there in the evening, at logout_at by the
-- clock on the wall, is signed out at the moment logout, whichever comes first.
local DAY = 86400000
local WARNED = 60000 -- so long before they are signed out, agents are told and may stay

-- evening is the first moment after another one that a wall clock shows. What it shows is written "20:00 Europe/London";
-- the hash evenings knows it as the time of day and the offsets of that zone, each from when on it holds: "72000000 0:0 17..:36..".
local function evening(shown, after)
  local of_day, zones = string.match(redis.call('HGET', key('evenings'), shown) or '', '^(%d+) (.*)$')
  local best
  for from, offset in string.gmatch(zones or '', '(%d+):(-?%d+)') do
    from, offset = tonumber(from), tonumber(offset)
    if best and best < from then return best end
    local first = math.max(after + 1, from)
    best = first + (tonumber(of_day) - (first + offset) % DAY + DAY) % DAY
  end
  return best
end

-- evening_of is the agent's next evening, which is kept as "MOMENT SHOWN": a configuration may change what is shown.
local function evening_of(a)
  local at, shown = string.match(a.evening or '', '^(%d+) (.*)$')
  return tonumber(at), shown
end

local function set_evening(a, after)
  local at = evening(a.logout_at, after)
  a.evening = at and num(at) .. ' ' .. a.logout_at or ''
end

-- keep_day lets the fields and the timers of an agent's day follow from how they stand.
local function keep_day(a)
  local before = {rests = a.rests or '', evening = a.evening or '', logout = a.logout or '', prep = a.prep or ''}
  if a.chosen ~= 'login_prep' and before.prep ~= '' then
    a.prep = ''
    undue('prep:' .. a.id)
  end
  local there, after, shown = a.session ~= 'offline', tonumber(a.logout_after or '0'), a.logout_at or ''
  local rests = there and after > 0 and (a.chosen == 'away' or a.system == 'away_idle') and redis.call('SCARD', key('leases', a.id)) == 0
  a.rests = rests and (before.rests ~= '' and before.rests or num(NOW)) or ''
  local at, was = evening_of(a)
  if not there or shown == '' then
    a.evening = ''
  elseif was ~= shown then
    set_evening(a, NOW)
  end
  at = evening_of(a)
  if rests then at = math.min(at or math.huge, tonumber(a.rests) + after) end
  a.logout = at and num(at) or ''
  for field, was_so in pairs(before) do
    if (a[field] or '') ~= was_so then redis.call('HSET', key('agent', a.id), field, a[field]) end
  end
  if a.logout == before.logout then return end
  if at then due('out:' .. a.id, at) else undue('out:' .. a.id) end
end

-- put_off lets an agent stay who is about to be signed out: to rest begins anew, and the evening is tomorrow's.
local function put_off(a)
  if (a.logout or '') == '' or tonumber(a.logout) > NOW + WARNED then return end
  if (a.rests or '') ~= '' then set(a.id, 'rests', num(NOW)) end
  local at = evening_of(a)
  if at and at <= NOW + WARNED then
    set_evening(a, at)
    set(a.id, 'evening', a.evening)
  end
  emit('agent.stays', {agent = a.id})
end
