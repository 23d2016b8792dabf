-- lease, cause, the number of the last thing its customer said that the agent has seen ('' is of no importance)
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind ~= 'work' then return conflict('gone') end
if ARGV[4] ~= '' and tonumber(redis.call('HGET', key('int', l.interaction), 'said') or '0') > tonumber(ARGV[4]) then return conflict('newer') end
finish(id, l, ARGV[3])
return {'ok'}
