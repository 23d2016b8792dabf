-- lease: what its agent offers to somebody is offered no more
local l = hash(key('lease', ARGV[2]))
local i = l.kind == 'work' and interaction(l.interaction)
if not i or i.lease ~= ARGV[2] or (i.toward or '') == '' then return conflict('gone') end
call_off(i, 'withdrawn', 'taken back')
return {'ok'}
