"""PostgreSQL and Redis from pip wheels, run as child processes on 127.0.0.1: for `make run` and for the tests."""

from app.local.servers.child import ServerError
from app.local.servers.postgres import EmbeddedPostgres
from app.local.servers.redis import EmbeddedRedis

__all__ = ["EmbeddedPostgres", "EmbeddedRedis", "ServerError"]
