"""The cache that all processes share, for limits and the like; Redis keeps it."""

from __future__ import annotations

import logging
from typing import Any

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

_log = logging.getLogger(__name__)


class SharedCache(RedisCache):
    """Redis; while it is away, this process's own memory.

    So a limit is then counted in each process alone: it neither refuses everybody nor lets
    everything pass.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._alone = LocMemCache("alone", {})

    def add(self, *args: Any, **options: Any) -> Any:
        return self._try("add", args, options)

    def get(self, *args: Any, **options: Any) -> Any:
        return self._try("get", args, options)

    def set(self, *args: Any, **options: Any) -> Any:
        return self._try("set", args, options)

    def delete(self, *args: Any, **options: Any) -> Any:
        return self._try("delete", args, options)

    def _try(self, verb: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        try:
            return getattr(super(), verb)(*args, **options)
        except redis.RedisError as error:
            _log.warning("the shared cache is away, this process counts alone: %s", error)
            return getattr(self._alone, verb)(*args, **options)
