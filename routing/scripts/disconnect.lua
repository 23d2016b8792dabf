-- agent, session, the page ('' is any)
local a, page = agent(ARGV[2]), ARGV[4]
if a and a.session_id == ARGV[3] and (page == '' or (a.page or '') == '' or a.page == page) then lose(ARGV[2], a, 'socket closed') end
return {'ok'}
