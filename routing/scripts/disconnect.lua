-- agent, session, the page ('' is any), node: a page that is at another node by now, or another page, is not lost by it
local a, page = agent(ARGV[2]), ARGV[4]
if not a or a.session_id ~= ARGV[3] or a.node ~= ARGV[5] then return {'ok'} end
if page == '' or (a.page or '') == '' or a.page == page then lose(ARGV[2], a, 'socket closed') end
return {'ok'}
