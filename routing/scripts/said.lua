-- interaction, number: its customer says something; numbers grow
local i = interaction(ARGV[2])
if not i then return conflict('gone') end
if tonumber(ARGV[3]) > tonumber(i.said or '0') then redis.call('HSET', key('int', i.id), 'said', ARGV[3]) end
if i.state == 'snoozed' then wake(i, 'customer') end
return {'ok'}
