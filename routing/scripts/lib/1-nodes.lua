-- Nodes: one that was silent is dead until it says that it lives. Who calls there hears nothing, and is offered to nobody; what is no
-- call needs no node, and goes on.
local deads = {}
local function dead(node)
  if deads[node] == nil then deads[node] = redis.call('HEXISTS', key('node', node), 'dead') == 1 end
  return deads[node]
end

-- What another node needs to go on with a node's calls is kept for a while, and longer who has taken them.
local KEPT, TAKEN = 600000, 86400000
