-- A worker is to finish what it has, and stop. ARGV: time, worker.
-- Returns whether there is such a worker.
if not redis.call('ZSCORE', base .. 'workers', ARGV[2]) then return 0 end
redis.call('SADD', base .. 'drained', ARGV[2])
hint('told')
return 1
