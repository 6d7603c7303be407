-- A worker leaves, also one that never got in. ARGV: time, worker.
redis.call('HDEL', base .. 'refused', ARGV[2])
gone(ARGV[2])
return 'ok'
