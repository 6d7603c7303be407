-- Somebody wants a worker to do something. ARGV: time, worker, 'run', 'pause' or 'drain'.
-- Returns whether there is such a worker.
if not redis.call('ZSCORE', base .. 'workers', ARGV[2]) then return 0 end
redis.call('HDEL', base .. 'wanted', ARGV[2])
if ARGV[3] ~= 'run' then redis.call('HSET', base .. 'wanted', ARGV[2], ARGV[3]) end
hint('told')
return 1
