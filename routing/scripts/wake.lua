-- interaction: its customer says something
local i = interaction(ARGV[2])
if not i then return conflict('gone') end
if i.state == 'snoozed' then wake(i, 'customer') end
return {'ok'}
