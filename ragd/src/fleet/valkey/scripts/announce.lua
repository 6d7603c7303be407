-- A daemon says on what terms it hands out tasks.
-- ARGV: time, version, lease in ms, stalls, '1' if paused, epoch and fence of a new life.
redis.call('HSET', meta, 'version', ARGV[2], 'lease_ms', ARGV[3], 'max_stalls', ARGV[4],
  'paused', ARGV[5])
redis.call('HSETNX', meta, 'epoch', ARGV[6])
redis.call('HSETNX', meta, 'fence', ARGV[7])
hint('ready')
return redis.call('HGET', meta, 'epoch')
