-- lease, head (1 or 0), reason
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.requeued then return {'ok'} end -- told again
if l.kind ~= 'work' then return conflict('gone') end
local i = interaction(l.interaction)
if not i then return conflict('gone') end
if not give_back(id, l, i, ARGV[3] == '1', ARGV[4]) then return conflict('closed') end
return {'ok'}
