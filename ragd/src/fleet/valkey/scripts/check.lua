-- Returns version, index and blobs of the daemon, the time, and what is known of workers that were
-- refused.
local terms = redis.call('HMGET', meta, 'version', 'index', 'blobs')
return {
  terms[1] or '', terms[2] or '', terms[3] or '', text(now()), redis.call('HVALS', base .. 'refused'),
}
