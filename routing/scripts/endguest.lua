-- lease, reason: its agent is a guest no more, consulted or joined, whoever wants that
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind == 'done' and l.purpose and l.accepted then return {'ok'} end -- told again, or over already
if l.kind ~= 'consult' and l.kind ~= 'join' then return conflict('gone') end
end_guest(id, l, ARGV[3])
return {'ok'}
