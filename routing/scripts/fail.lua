-- lease, how (device_failed or withdrawn), reason
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind ~= 'offer' and l.kind ~= 'work' and l.kind ~= 'consult' then return conflict('gone') end
end_offer(id, l, ARGV[3], ARGV[4])
return {'ok'}
