-- lease, session
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind ~= 'offer' then return conflict('gone') end
local no = writer(agent(l.agent), ARGV[3])
if no then return no end
end_offer(id, l, 'declined', '')
return {'ok'}
