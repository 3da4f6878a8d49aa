"""supervisord: what it runs, its configuration, and talking to it."""
