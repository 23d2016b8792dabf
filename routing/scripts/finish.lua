-- lease, cause
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind ~= 'work' then return conflict('gone') end
finish(id, l, ARGV[3])
return {'ok'}
