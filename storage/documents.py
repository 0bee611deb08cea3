"""Files in an S3 object store, through the minio SDK. A file is checked in quarantine before it is kept.

Keys are `quarantine/<uuid>`, `files/<uuid>` and `papers/<uuid>`; nothing about a file or a person is in a key or a header. Every put is
one part with its SHA-256 in a header, so that the store refuses a body that was damaged on the way.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast
from uuid import uuid4

import urllib3
from minio import Minio
from minio.commonconfig import CopySource
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError

from storage.embedded_s3 import endpoint_of
from storage.errors import FileRefused, NotFound, StoreUnavailable

if TYPE_CHECKING:
    from datetime import datetime

    from config.settings import Settings

CHUNK = 64 * 1024
QUARANTINE = "quarantine/"
FILES = "files/"
PAPERS = "papers/"
MAX_SINGLE_PART = 5 * 1024**3
"""S3's own limit for one part."""


@dataclass(slots=True)
class Received:
    """A file that lies in quarantine; `file` is a nameless local copy to check, closed with the block.

    Use it as a context manager. sha256 is hexadecimal, size in bytes.
    """

    object_key: str
    sha256: str
    size: int
    file: BinaryIO

    def __enter__(self) -> Received:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


class Opened:
    """A kept file that is being read: iterate it in chunks, or read(n); close it, or use it as a context manager."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self.size = int(response.headers.get("Content-Length", 0))

    def read(self, size: int = -1) -> bytes:
        """Return up to size bytes, all that is left when negative."""
        with _store_errors(""):
            data: bytes = self._response.read(None if size < 0 else size)
            return data

    def __iter__(self) -> Iterator[bytes]:
        with _store_errors(""), contextlib.closing(self):
            yield from self._response.stream(CHUNK)

    @contextlib.contextmanager
    def spooled(self) -> Iterator[BinaryIO]:
        """Give all of it as a temporary file, from its beginning. Raises StoreUnavailable."""
        with cast("BinaryIO", tempfile.TemporaryFile()) as file:
            shutil.copyfileobj(cast("Any", self), file, CHUNK)
            file.flush()
            file.seek(0)
            yield file

    def close(self) -> None:
        """Give the connection back."""
        self._response.close()
        self._response.release_conn()

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Documents:
    """The bucket of this house. Connections are made at first use and may be shared between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bucket = settings.s3_bucket
        self._client: Minio | None = None
        self._endpoint = ""

    def prepare(self) -> None:
        """Make the bucket where it is missing. Raises StoreUnavailable."""
        with _store_errors(self._bucket):
            client = self._connected()
            if not client.bucket_exists(self._bucket):
                try:
                    client.make_bucket(self._bucket)
                except S3Error as error:
                    if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                        raise

    def ready(self) -> bool:
        """Tell whether the store answers and the bucket is there."""
        try:
            return self._connected().bucket_exists(self._bucket)
        except (StoreUnavailable, MinioException, urllib3.exceptions.HTTPError, OSError, ValueError):
            return False

    def new_key(self) -> str:
        """Return a key in quarantine that no object has yet, so that a row can name it before anything lies there."""
        return f"{QUARANTINE}{uuid4()}"

    def receive(self, stream: IO[bytes], limit_bytes: int, object_key: str | None = None) -> Received:
        """Take a file in: count and hash it while it comes, then put it into quarantine, under a key from new_key.

        Raises FileRefused file_too_large as soon as the limit is passed and file_empty; StoreUnavailable.
        """
        file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - handed over in Received, which closes it
        try:
            size, sha256 = _spool(stream, file, limit_bytes)
            key = object_key or self.new_key()
            self._put(key, file, size, sha256)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return Received(key, sha256.hex(), size, file)

    def promote(self, object_key: str) -> str:
        """Move a checked file out of quarantine and return its new key. Raises NotFound, StoreUnavailable."""
        if not object_key.startswith(QUARANTINE):
            return object_key
        kept = kept_key(object_key)
        with _store_errors(object_key):
            self._connected().copy_object(self._bucket, kept, CopySource(self._bucket, object_key))
        with contextlib.suppress(StoreUnavailable):  # what stays behind is swept
            self.delete(object_key)
        return kept

    def keep(self, content: bytes) -> str:
        """Put what the house itself has made into the store and return its key, `papers/<uuid>`. Raises StoreUnavailable."""
        key = f"{PAPERS}{uuid4()}"
        self._put(key, io.BytesIO(content), len(content), hashlib.sha256(content).digest())
        return key

    def mark(self, object_key: str) -> str:
        """Return what the store calls the bytes that it holds now (their ETag). Raises NotFound, StoreUnavailable."""
        with _store_errors(object_key):
            return str(self._connected().stat_object(self._bucket, object_key).etag)

    def open(self, object_key: str) -> Opened:
        """Open a file for reading. Raises NotFound, StoreUnavailable."""
        with _store_errors(object_key):
            return Opened(self._connected().get_object(self._bucket, object_key))

    def delete(self, object_key: str) -> None:
        """Delete a file; one that is gone already is no error. Raises StoreUnavailable."""
        with contextlib.suppress(NotFound), _store_errors(object_key):
            self._connected().remove_object(self._bucket, object_key)

    def older_than(self, before: datetime, prefix: str = "") -> Iterator[str]:
        """Yield the keys of the objects that were put before an instant: the sweeper looks for those without a row."""
        with contextlib.suppress(NotFound), _store_errors(prefix):  # no bucket: nothing was put yet
            for found in self._connected().list_objects(self._bucket, prefix=prefix, recursive=True):
                if found.object_name and found.last_modified and found.last_modified < before:
                    yield found.object_name

    def rehash(self, object_key: str) -> str:
        """Return the SHA-256 of what the store holds now, in hexadecimal: for the nightly sample."""
        digest = hashlib.sha256()
        for chunk in self.open(object_key):
            digest.update(chunk)
        return digest.hexdigest()

    def _put(self, key: str, file: BinaryIO, size: int, sha256: bytes) -> None:
        headers: dict[str, str | list[str] | tuple[str]] = {
            "x-amz-checksum-sha256": base64.b64encode(sha256).decode()
        }
        part = max(
            size, 5 * 1024 * 1024
        )  # one part, whatever the size: only then the header covers the whole

        def put() -> None:
            file.seek(0)
            with _store_errors(key):
                self._connected().put_object(
                    self._bucket, key, file, size, metadata=headers, part_size=part, num_parallel_uploads=1
                )

        try:
            put()
        except NotFound:  # no bucket yet: the very first file of a house
            self.prepare()
            put()

    def _connected(self) -> Minio:
        settings = self._settings
        endpoint = settings.s3_endpoint or endpoint_of(settings.data)
        if endpoint is None:
            raise StoreUnavailable
        if (
            self._client is None or endpoint != self._endpoint
        ):  # the embedded store may come back on other ports
            self._client = Minio(
                endpoint,
                access_key=settings.s3_access_key,
                secret_key=settings.s3_secret_key,
                secure=settings.s3_secure if settings.s3_endpoint else False,
                region=settings.s3_region,
                http_client=urllib3.PoolManager(
                    timeout=urllib3.Timeout(connect=3, read=30),
                    maxsize=settings.web_threads,
                    retries=urllib3.Retry(total=1, backoff_factor=0.1, redirect=0),
                ),
            )
            self._endpoint = endpoint
        return self._client


def kept_key(object_key: str) -> str:
    """Return the key that a file in quarantine gets when it is kept."""
    return FILES + object_key.removeprefix(QUARANTINE) if object_key.startswith(QUARANTINE) else object_key


def _spool(stream: IO[bytes], file: BinaryIO, limit_bytes: int) -> tuple[int, bytes]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > min(limit_bytes, MAX_SINGLE_PART):
            raise FileRefused(code="file_too_large", limit=limit_bytes)
        digest.update(chunk)
        file.write(chunk)
    if not size:
        raise FileRefused(code="file_empty")
    return size, digest.digest()


@contextlib.contextmanager
def _store_errors(key: str) -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        if error.code in ("NoSuchKey", "NoSuchBucket", "NoSuchObject"):
            raise NotFound(kind="file", id=key) from error
        raise StoreUnavailable from error
    except (
        ServerError,
        InvalidResponseError,
        MinioException,
        urllib3.exceptions.HTTPError,
        OSError,
    ) as error:
        raise StoreUnavailable from error
