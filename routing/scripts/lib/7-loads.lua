-- Loads: how much of each channel an agent has in hand, as it is shown. Told are calls, and other channels once something of
-- them has stood in one of the agent's queues. busy is true when none of these has a slot free: whoever has just declined
-- something, or is kept free for a call, is not busy.
local function loads_of(a)
  local all, free, seen, queues = {}, false, {voice = true}, {}
  for _, p in ipairs(places(a)) do queues[#queues + 1] = p.queue end
  for _, channels in ipairs(#queues > 0 and redis.call('HMGET', key('channels'), unpack(queues)) or {}) do
    for c in each(channels or '') do seen[c] = true end
  end
  for _, c in ipairs(CHANNELS) do
    local n, standard, most = load(a)[c], limits(a, c)
    if n > 0 or most > 0 and seen[c] then
      local _, kind = full(a, c)
      free = free or not kind or kind == 'cooldown' or kind == 'draining'
      all[#all + 1] = {channel = c, load = n, standard = standard, max = most}
    end
  end
  return all, #all > 0 and not free
end
