-- agent, kind of device: the node that has it registered, "" when it is nowhere
return {'ok', redis.call('HGET', key('devices', ARGV[2]), ARGV[3]) or ''}
