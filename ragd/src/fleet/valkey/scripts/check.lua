-- Returns the version of the daemon, the time, and what is known of workers that were refused.
return { redis.call('HGET', meta, 'version') or '', text(now()), redis.call('HVALS', base .. 'refused') }
