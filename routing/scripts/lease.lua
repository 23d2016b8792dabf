-- lease: its fields as json
local l = hash(key('lease', ARGV[2]))
if not l.kind then return conflict('gone') end
l.id = ARGV[2]
return {'ok', cjson.encode(l)}
