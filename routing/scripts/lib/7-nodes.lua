-- A node's death and its return. Its callers hear nothing while it is dead: nobody's device rings for them, and whoever
-- talks with one can end that. What is neither back nor taken over after a minute ends.
local BURIED = 60000

-- at lists the calls of a node: who comes first in the queues, then who waits in none.
local function at(node)
  local all = {}
  for _, id in ipairs(redis.call('SMEMBERS', key('ints'))) do
    local i = interaction(id)
    if i and i.node == node and slot(i.channel) == 'voice' then
      i.place = tonumber(redis.call('ZSCORE', key('wait', i.queue), id) or math.huge)
      all[#all + 1] = i
    end
  end
  table.sort(all, function(x, y) return x.place < y.place or x.place == y.place and x.id < y.id end)
  return all
end

-- anew: no device rings any more for one who waits on. Who had an agent already is first in line.
local function anew(i)
  for lease in each(i.lease) do
    local l = hash(key('lease', lease))
    if l.dialed then
      leave(i.id, 'node_lost')
    elseif l.kind == 'work' then
      drop(lease, l)
      emit('offer.withdrawn', {lease = lease, interaction = i.id, agent = l.agent, queue = l.queue, node = l.node, reason = 'node lost', head = '1'})
      set(l.agent, 'idle', num(NOW))
      back(i, true)
      orphan(i)
      if open(i.queue) then match_interaction(i.id) else leave(i.id, 'closed') end
      free(l.agent)
    elseif l.kind == 'offer' then
      end_offer(lease, l, 'withdrawn', 'node lost')
    end
  end
end

-- dies: nobody is offered anything of the node any more, and who is about to talk with a caller of it does something else.
local function dies(node)
  devices_gone(node)
  local all = at(node)
  for _, i in ipairs(all) do pose(i.id) end -- before anybody is free for what comes first
  for _, i in ipairs(all) do
    call_off(i, 'withdrawn', 'node lost')
    i = interaction(i.id)
    local l = i.state == 'owned' and hash(key('lease', i.lease)) or {}
    if i.state == 'offered' or i.state == 'owned' and not l.connected then
      anew(i)
    elseif i.state == 'owned' then
      emit('work.cut', {lease = i.lease, interaction = i.id, agent = i.owner, queue = i.queue, node = node})
      for lease in each(i.guests) do
        local k = hash(key('lease', lease))
        if k.connected then
          emit('work.cut', {lease = lease, interaction = i.id, agent = k.agent, queue = i.queue, node = node, purpose = k.purpose})
        else
          end_guest(lease, k, 'node lost')
        end
      end
    end
    if i.drained then
      release(i)
      watch(i)
    end
  end
  due('bury:' .. node, NOW + BURIED)
  emit('node.dead', {node = node})
end

-- lives: who waits there and whoever is free find each other.
local function lives(node)
  deads[node] = false
  undue('bury:' .. node)
  local all = at(node)
  for _, i in ipairs(all) do pose(i.id) end
  for _, i in ipairs(all) do match_interaction(i.id) end
end
