"""``shardwright doctor``: what it tries of this machine, and of each service as the server would use it."""
