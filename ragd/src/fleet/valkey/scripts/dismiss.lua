-- A worker leaves, also one that never got in. ARGV: time, worker.
redis.call('HDEL', base .. 'refused', ARGV[2])
redis.call('ZREM', base .. 'workers', ARGV[2])
redis.call('HDEL', base .. 'info', ARGV[2])
redis.call('SREM', base .. 'drained', ARGV[2])
return 'ok'
