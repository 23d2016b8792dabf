-- node: ends what a former life of it left; the agents whose pages it served may come back
for _, id in ipairs(redis.call('SMEMBERS', key('agents'))) do
  local a = agent(id)
  if a.node == ARGV[2] and a.session ~= 'offline' then
    set(id, 'device', '0', 'device_reason', 'the server was restarted')
    emit('agent.device', {agent = id, channel = 'voice', ok = '0', reason = 'the server was restarted'})
    lose(id, a, 'node lost')
  end
end
devices_gone(ARGV[2])
for _, id in ipairs(redis.call('SMEMBERS', key('ints'))) do
  local i = interaction(id)
  if i and i.node == ARGV[2] then leave(id, 'node_lost') end
end
return {'ok'}
