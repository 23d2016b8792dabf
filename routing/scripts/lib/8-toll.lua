-- Calls outside, which cost money: toll is a sorted set of those that live, each until its lease ends unless it is kept; toll:ID is
-- whose it is, and since when it is answered and not yet added up; tollday is how much of the day's (UTC) time is used, in ms.
local toll = {}

function toll.day()
  local day = num(math.floor(NOW / 86400000))
  if redis.call('HGET', key('tollday'), 'day') ~= day then
    redis.call('DEL', key('tollday'))
    redis.call('HSET', key('tollday'), 'day', day)
  end
end

-- add adds up the time of a call until then.
function toll.add(id, till)
  local c = hash(key('toll', id))
  local since = tonumber(c.since or '')
  if not since or till <= since then return end
  for _, who in ipairs({'all', 'agent:' .. (c.agent or '')}) do redis.call('HINCRBY', key('tollday'), who, num(till - since)) end
  redis.call('HSET', key('toll', id), 'since', num(till))
end

function toll.ends(id)
  redis.call('ZREM', key('toll'), id)
  redis.call('DEL', key('toll', id))
end

-- sweep ends what nobody has kept: its node is gone.
function toll.sweep()
  toll.day()
  local gone = redis.call('ZRANGEBYSCORE', key('toll'), '-inf', num(NOW), 'WITHSCORES')
  for i = 1, #gone, 2 do
    toll.add(gone[i], tonumber(gone[i + 1]))
    toll.ends(gone[i])
  end
end

function toll.over(limit, used) return limit > 0 and used >= limit end

-- used is the time of the day in ms.
function toll.used(who) return tonumber(redis.call('HGET', key('tollday'), who) or '0') end
