-- agent, session, channel ('' is any), a name for this wish: what waits first for the agent is theirs at once, beyond what
-- they are offered; its lease and its interaction. The client repeats a command whose answer was lost: the same wish is
-- granted once.
local id, wanted, wish = ARGV[2], ARGV[4], ARGV[5]
local a = agent(id)
if not a or not known(id) then return conflict('unknown_agent') end
local no = writer(a, ARGV[3])
if no then return no end
local was, lease, what = string.match(a.took or '', '^(%S+) (%S+) (.*)$')
if was == wish then return {'ok', lease, what} end
local open, full_of = nil, {}
for _, c in ipairs(CHANNELS) do
  if wanted == '' or slot(wanted) == c then
    local reason, kind = why(a, c, true)
    open = open or not reason
    if kind == 'capacity' then full_of[c] = true end
  end
end
if held() or not open then return conflict(next(full_of) and 'at_max' or 'not_available') end
local best, again = first_for(id, a, wanted, true)
if not best and not again then return conflict(waits_of(a, full_of, wanted) and 'at_max' or 'nothing_waits') end
local i = interaction(best or again)
lease = offer_first(i, id, 'next')
accept(lease, hash(key('lease', lease)), a, ARGV[3])
set(id, 'took', wish .. ' ' .. lease .. ' ' .. i.id)
return {'ok', lease, i.id}
