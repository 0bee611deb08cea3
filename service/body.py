"""The body of a request whose length nobody announced (chunked): bounded, and refused when it is broken."""

from typing import Any

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge


class ChunkedBody:
    """Stands between the server's stream and werkzeug, which would cut such a body off at the limit and go on.

    Raises RequestEntityTooLarge when more follows after `limit` bytes, BadRequest when the server cannot read it.
    """

    def __init__(self, stream: Any, limit: int) -> None:
        self._stream = stream
        self._left = limit

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, never more than the limit in all."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._take(wanted)
        self._left -= len(data)
        if self._left == 0 and self._take(1):
            raise RequestEntityTooLarge
        return data

    def _take(self, size: int) -> bytes:
        try:
            data: bytes = self._stream.read(size)
        except OSError:
            raise  # a lost connection, which werkzeug knows
        except Exception as error:  # each server has its own words for a broken chunk
            raise BadRequest from error
        return data
