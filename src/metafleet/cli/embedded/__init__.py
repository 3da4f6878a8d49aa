"""PostgreSQL and Redis from their wheels, run directly from a data folder over Unix sockets."""
