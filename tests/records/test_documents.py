"""Files in a real object store: what is acknowledged is there, whole, and nothing of a refused one stays."""

import dataclasses
import hashlib
import io
from datetime import UTC, datetime, timedelta

import pytest

from storage.documents import FILES, QUARANTINE, Documents
from storage.errors import FileRefused, NotFound, StoreUnavailable

DATA = bytes(range(256)) * 5000
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def fresh(settings) -> Documents:
    """A bucket that was never made."""
    name = "t" + hashlib.sha256(str(settings.data).encode()).hexdigest()[:20]
    return Documents(dataclasses.replace(settings, s3_bucket=name))


pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def keys(documents: Documents) -> list[str]:
    return sorted(documents.older_than(datetime.now(UTC) + timedelta(hours=1)))


def test_a_file_goes_through_quarantine_and_comes_back_whole(fresh):
    with fresh.receive(io.BytesIO(DATA), len(DATA)) as received:
        assert received.size == len(DATA)
        assert received.sha256 == hashlib.sha256(DATA).hexdigest()
        assert received.file.read() == DATA
        assert keys(fresh) == [received.object_key]
        assert received.object_key.startswith(QUARANTINE)
        kept = fresh.promote(received.object_key)
    assert received.file.closed
    assert kept.startswith(FILES)
    assert keys(fresh) == [kept]
    with fresh.open(kept) as opened:
        assert opened.size == len(DATA)
        assert b"".join(opened) == DATA
    assert fresh.rehash(kept) == received.sha256
    assert fresh.promote(kept) == kept
    fresh.delete(kept)
    fresh.delete(kept)
    assert keys(fresh) == []
    with pytest.raises(NotFound):
        fresh.open(kept)


def test_the_limit_is_inclusive_and_ends_the_reading(fresh):
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(FileRefused) as refused:
        fresh.receive(endless, 1_000_000)
    assert refused.value.code == "file_too_large"
    assert endless.taken < 1_200_000
    assert keys(fresh) == []
    fresh.receive(io.BytesIO(DATA), len(DATA)).file.close()
    with pytest.raises(FileRefused):
        fresh.receive(io.BytesIO(DATA), len(DATA) - 1)


def test_an_empty_file_is_refused(fresh):
    with pytest.raises(FileRefused) as refused:
        fresh.receive(io.BytesIO(), 10)
    assert refused.value.code == "file_empty"


def test_a_sender_that_breaks_off_leaves_nothing(fresh):
    class Broken(io.RawIOBase):
        left = 3

        def read(self, _size: int = -1) -> bytes:
            self.left -= 1
            if self.left < 0:
                raise ConnectionResetError
            return b"x" * 1000

    fresh.prepare()
    with pytest.raises(ConnectionResetError):
        fresh.receive(Broken(), 10_000_000)
    assert keys(fresh) == []


def test_a_body_that_is_not_the_hashed_one_is_not_kept(fresh):
    fresh.prepare()
    with pytest.raises(StoreUnavailable):
        fresh._put(f"{QUARANTINE}x", io.BytesIO(b"damaged"), 7, hashlib.sha256(b"original").digest())
    assert keys(fresh) == []


def test_a_file_of_many_megabytes_is_still_one_part(fresh):
    data = b"0123456789abcdef" * (12 * 1024 * 1024 // 16)
    with fresh.receive(io.BytesIO(data), len(data)) as received:
        stat = fresh._connected().stat_object(fresh._bucket, received.object_key)
        assert "-" not in stat.etag  # a multipart upload has a dash and the number of parts
        assert fresh.rehash(received.object_key) == hashlib.sha256(data).hexdigest()


def test_the_bucket_is_made_once_and_readiness_tells(fresh):
    assert not fresh.ready()
    assert keys(fresh) == []
    fresh.prepare()
    fresh.prepare()
    assert fresh.ready()


def test_only_old_objects_are_swept(fresh):
    fresh.receive(io.BytesIO(b"x"), 1).file.close()
    assert list(fresh.older_than(NEVER)) == []
    assert len(list(fresh.older_than(datetime.now(UTC) + timedelta(hours=1), QUARANTINE))) == 1
    assert list(fresh.older_than(datetime.now(UTC) + timedelta(hours=1), FILES)) == []


def test_nothing_tells_a_person_in_keys_or_headers(fresh):
    with fresh.receive(io.BytesIO(b"content"), 100) as received:
        stat = fresh._connected().stat_object(fresh._bucket, received.object_key)
    assert not [name for name in stat.metadata if name.lower().startswith("x-amz-meta-")]


@pytest.mark.parametrize(
    "change", [{"s3_secret_key": "wrong"}, {"s3_access_key": "nobody"}, {"s3_endpoint": "127.0.0.1:9"}]
)
def test_a_store_that_refuses_or_is_away_is_unavailable(settings, change):
    documents = Documents(dataclasses.replace(settings, **change))
    assert not documents.ready()
    with pytest.raises(StoreUnavailable):
        documents.receive(io.BytesIO(b"x"), 10)
    with pytest.raises(StoreUnavailable):
        documents.open("files/x")


def test_without_a_store_that_was_ever_started_it_is_unavailable(settings, tmp_path):
    documents = Documents(dataclasses.replace(settings, s3_endpoint=None, data=tmp_path / "new"))
    assert not documents.ready()
    with pytest.raises(StoreUnavailable):
        documents.prepare()
