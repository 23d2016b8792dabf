-- lease, session ('' when the device itself accepted)
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if not l.kind then return conflict('gone') end
local begun = l.kind == 'work' or l.kind == 'consult'
if begun and l.by == ARGV[3] then return {'ok'} end -- told again
if begun then return conflict('taken') end
if l.kind ~= 'offer' then return conflict(l.taken and 'taken' or 'gone') end
local a = agent(l.agent)
local no = writer(a, ARGV[3])
if no then return no end
if NOW > tonumber(l.deadline) then
  run_out(id, l)
  return conflict('expired')
end
if l.purpose == 'consult' then
  consult(id, l, ARGV[3])
elseif l.purpose then
  take_over(id, l, a, ARGV[3])
else
  accept(id, l, a, ARGV[3])
end
return {'ok'}
