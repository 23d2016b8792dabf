-- lease, reason: its agent is consulted no more, whoever wants that
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind == 'done' and l.purpose == 'consult' and l.accepted then return {'ok'} end -- told again, or over already
if l.kind ~= 'consult' then return conflict('gone') end
end_consult(id, l, ARGV[3])
return {'ok'}
