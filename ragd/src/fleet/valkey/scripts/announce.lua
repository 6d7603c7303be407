-- A daemon says on what terms it hands out tasks.
-- ARGV: time, owner, what the daemon is called, ms after which another one that is silent is gone,
-- version, index, blobs, lease in ms, stalls, '1' if paused, epoch and fence of a new life, then the
-- names of paused workers.
-- Returns 'ok' and the epoch, or 'taken' and what the other daemon is called.
local known = redis.call('HMGET', meta, 'owner', 'name', 'said', 'epoch')
local time, said, epoch = now(), tonumber(known[3] or 0), ARGV[11]
if known[1] == ARGV[2] then
  epoch = known[4] or epoch
elseif known[1] and time >= said and time < said + tonumber(ARGV[4]) then
  return { 'taken', known[2] }
end
redis.call('DEL', base .. 'paused')
redis.call('HSET', meta, 'owner', ARGV[2], 'name', ARGV[3], 'said', text(time), 'version', ARGV[5],
  'index', ARGV[6], 'blobs', ARGV[7], 'lease_ms', ARGV[8], 'max_stalls', ARGV[9],
  'paused', ARGV[10], 'epoch', epoch)
redis.call('HSETNX', meta, 'fence', ARGV[12])
for at = 13, #ARGV do redis.call('SADD', base .. 'paused', ARGV[at]) end
hint('ready')
hint('told')
return { 'ok', epoch }
