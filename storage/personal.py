"""Personal values: encrypted under the key of the person they are about, so that destroying a key erases them all.

Each subject has an AES-256-GCM key, kept wrapped by the master key, which lies outside the database. Events and
digests hold salted commitments only: SHA256("pii" + field + salt16 + value). A person is found by whole value through
a blind index: HMAC-SHA256 of the normalised value under the index key, which lies outside the database too.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage import canonical
from storage.errors import NotFound
from storage.models import Attachment, IssuedDocument, PersonalValue, Subject, SubjectIndex

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from storage.jobs import Jobs
    from storage.ports import Clock, Ids

NONCE_BYTES = 12
SALT_BYTES = 16
VERSION = b"\x01"
"""First byte of every ciphertext and wrapped key: AES-256-GCM, 12 bytes nonce, id of the subject as bound data."""

SCRUB = "storage.scrub"
"""Kind of the job that makes the database files forget what was erased; see storage.erasure."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took: the subjects, and the objects of their files, which the caller deletes after the commit."""

    subjects: frozenset[UUID]
    object_keys: tuple[str, ...]


class Personal:
    """Keys and values of subjects, inside the transaction of a unit of work. Values never leave it unencrypted."""

    def __init__(
        self, session: Session, clock: Clock, ids: Ids, jobs: Jobs, personal_key: bytes, index_key: bytes
    ) -> None:
        self._session = session
        self._clock = clock
        self._ids = ids
        self._jobs = jobs
        self._master = AESGCM(personal_key)
        self._index_key = index_key
        self._keys: dict[UUID, AESGCM] = {}

    def forget(self) -> None:
        """Drop the unwrapped keys of this unit of work; called when a transaction begins or ends."""
        self._keys.clear()

    def new_subject(self, kind: str, instance_id: UUID | None = None) -> UUID:
        """Make a subject with a new key and return its id. kind: account, applicant, row, or a name such as contact."""
        return self.new_subjects(kind, 1, instance_id)[0]

    def new_subjects(self, kind: str, count: int, instance_id: UUID | None = None) -> list[UUID]:
        """Make several subjects at once: a list of people may be long."""
        made = []
        for _ in range(count):
            id_, key = self._ids.new(), AESGCM.generate_key(bit_length=256)
            self._session.add(
                Subject(
                    id=id_, kind=kind, instance_id=instance_id, created_at=self._clock.now(),
                    wrapped_key=_seal(self._master, key, b"subject-key" + id_.bytes),
                )
            )  # fmt: skip
            self._keys[id_] = AESGCM(key)
            made.append(id_)
        self._session.flush()
        return made

    def load(self, subject_ids: Iterable[UUID]) -> None:
        """Read the keys of several subjects at once, before values are encrypted under each of them."""
        self._load(subject_ids)

    def encrypt(self, subject_id: UUID, data: bytes) -> bytes:
        """Return the ciphertext of data about a subject. Raises NotFound when the subject is unknown or erased."""
        key = self._load([subject_id]).get(subject_id)
        if key is None:
            raise NotFound(kind="subject", id=subject_id)
        return _seal(key, data, subject_id.bytes)

    def decrypt(self, subject_id: UUID, data: bytes) -> bytes | None:
        """Return what was encrypted, or None when the subject was erased. Raises ValueError when it was tampered with."""
        key = self._load([subject_id]).get(subject_id)
        return None if key is None else _open(key, data, subject_id.bytes)

    def decrypt_many(self, pairs: Sequence[tuple[UUID, bytes]]) -> list[bytes | None]:
        """Decrypt (subject, data) pairs with one read of all their keys; lists show many names."""
        keys = self._load({subject_id for subject_id, _ in pairs})
        return [
            _open(keys[subject_id], data, subject_id.bytes) if subject_id in keys else None
            for subject_id, data in pairs
        ]

    def commit_value(self, field: str, value: Any) -> tuple[bytes, str]:
        """Return a new salt and the commitment of a plain value in a field."""
        salt = os.urandom(SALT_BYTES)
        return salt, commitment_of(field, salt, value)

    def keep(self, owner_id: UUID, path: str, subject_id: UUID, value: Any) -> str:
        """Keep one personal value of a submission or event and return its commitment."""
        salt, commitment = self.commit_value(path, value)
        ciphertext = self.encrypt(subject_id, salt + canonical.encode(value))
        self._session.add(
            PersonalValue(
                id=self._ids.new(), owner_id=owner_id, path=path, subject_id=subject_id,
                ciphertext=ciphertext, commitment=commitment,
            )
        )  # fmt: skip
        return commitment

    def read(self, owner_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
        """Return the personal values of submissions or events by owner and path; an erased value is None."""
        return {
            owner: {path: kept[1] if kept else None for path, kept in values.items()}
            for owner, values in self._read(owner_ids).items()
        }

    def open_with(self, subject_id: UUID, wrapped_key: bytes, ciphertext: bytes) -> Any:
        """Return one value that was read together with the key of its subject, in one statement. Raises ValueError."""
        if subject_id not in self._keys:
            self._keys[subject_id] = AESGCM(_open(self._master, wrapped_key, b"subject-key" + subject_id.bytes))
        return canonical.decode(_open(self._keys[subject_id], ciphertext, subject_id.bytes)[SALT_BYTES:])

    def check_commitments(self, owner_id: UUID) -> list[str]:
        """Return the paths whose kept value is not the one that was committed to; erased values are passed over."""
        rows = self._session.execute(
            sa.select(PersonalValue.path, PersonalValue.commitment).where(PersonalValue.owner_id == owner_id)
        )
        committed = {row.path: row.commitment for row in rows}
        kept = self._read([owner_id]).get(owner_id, {})
        return sorted(
            path for path, found in kept.items() if found and commitment_of(path, *found) != committed[path]
        )

    def index(self, kind: str, value: str, subject_id: UUID) -> None:
        """Let a subject be found by a whole value such as an ID number; repeating it is no error."""
        self.index_all([(kind, value, subject_id)])

    def index_all(self, entries: Iterable[tuple[str, str, UUID]]) -> None:
        """Let subjects be found by (kind, value, subject); nothing to do is no error either."""
        rows = [
            {"kind": kind, "digest": self._digest(kind, value), "subject": subject_id}
            for kind, value, subject_id in entries
        ]
        insert = sa.text(
            "INSERT INTO subject_index (kind, digest, subject_id) VALUES (:kind, :digest, :subject) "
            "ON CONFLICT DO NOTHING"
        ).bindparams(sa.bindparam("subject", type_=sa.Uuid()))
        if rows:
            self._session.execute(insert, rows)

    def find(self, kind: str, value: str) -> set[UUID]:
        """Return the subjects that have this whole value, normalised as for the index."""
        digest = self._digest(kind, value)
        found = sa.select(SubjectIndex.subject_id).where(
            SubjectIndex.kind == kind, SubjectIndex.digest == digest
        )
        return set(self._session.execute(found).scalars())

    def erase(self, subject_id: UUID) -> Erased:
        """Destroy the keys, values and index rows of a subject and of all that the blind index links to it.

        Submissions and events stay, so chains still verify. After the commit the database files are made to forget
        (SQLite: WAL truncated; PostgreSQL: vacuum); a job repeats that when a reader is in the way.
        """
        subjects = self._linked(subject_id)
        self._session.flush()
        among = list(subjects)
        self._session.execute(
            sa.update(Subject).where(Subject.id.in_(among), Subject.erased_at.is_(None))
            .values(wrapped_key=None, erased_at=self._clock.now())
        )  # fmt: skip
        self._session.execute(
            sa.update(PersonalValue).where(PersonalValue.subject_id.in_(among)).values(ciphertext=b"")
        )
        self._session.execute(sa.delete(SubjectIndex).where(SubjectIndex.subject_id.in_(among)))
        keys = self._session.execute(
            sa.union_all(*(sa.select(one.object_key).where(one.subject_id.in_(among)) for one in (Attachment, IssuedDocument)))
            .order_by("object_key")
        ).scalars()
        for id_ in subjects:
            self._keys.pop(id_, None)
        self._jobs.put(SCRUB, f"{SCRUB}:{self._ids.new()}", {}, self._clock.now())
        return Erased(frozenset(subjects), tuple(keys))

    def _linked(self, subject_id: UUID) -> set[UUID]:
        """Follow shared ID numbers and phones from subject to subject: one person has a key per case and round."""
        if self._session.get(Subject, subject_id) is None:
            raise NotFound(kind="subject", id=subject_id)
        linked, fresh = {subject_id}, {subject_id}
        other = sa.orm.aliased(SubjectIndex)
        while fresh:
            same = sa.and_(other.kind == SubjectIndex.kind, other.digest == SubjectIndex.digest)
            found = (
                sa.select(other.subject_id).join(SubjectIndex, same).where(SubjectIndex.subject_id.in_(fresh))
            )
            fresh = set(self._session.execute(found).scalars()) - linked
            linked |= fresh
        return linked

    def _digest(self, kind: str, value: str) -> bytes:
        message = f"index\n{kind}\n{normalised(value)}".encode()
        return hmac.new(self._index_key, message, hashlib.sha256).digest()

    def _load(self, subject_ids: Iterable[UUID]) -> dict[UUID, AESGCM]:
        missing = [id_ for id_ in set(subject_ids) if id_ not in self._keys]
        if missing:
            rows = self._session.execute(
                sa.select(Subject.id, Subject.wrapped_key).where(
                    Subject.id.in_(missing), Subject.erased_at.is_(None)
                )
            )
            for id_, wrapped in rows:
                if wrapped is not None:
                    self._keys[id_] = AESGCM(_open(self._master, wrapped, b"subject-key" + id_.bytes))
        return self._keys

    def _read(self, owner_ids: Iterable[UUID]) -> dict[UUID, dict[str, tuple[bytes, Any] | None]]:
        rows = list(
            self._session.execute(
                sa.select(
                    PersonalValue.owner_id,
                    PersonalValue.path,
                    PersonalValue.subject_id,
                    PersonalValue.ciphertext,
                ).where(PersonalValue.owner_id.in_(set(owner_ids)))
            )
        )
        keys = self._load({row.subject_id for row in rows})
        values: dict[UUID, dict[str, tuple[bytes, Any] | None]] = {}
        for row in rows:
            key = keys.get(row.subject_id)
            kept = None
            if key is not None:
                plain = _open(key, row.ciphertext, row.subject_id.bytes)
                kept = plain[:SALT_BYTES], canonical.decode(plain[SALT_BYTES:])
            values.setdefault(row.owner_id, {})[row.path] = kept
        return values


def commitment_of(field: str, salt: bytes, value: Any) -> str:
    """Return SHA256("pii" + field + salt16 + value) in hexadecimal; the value in its canonical form."""
    return hashlib.sha256(b"pii" + field.encode() + salt + canonical.encode(value)).hexdigest()


def normalised(value: str) -> str:
    """Return the form of an identifier under which it is found: NFKC, upper case, no blanks, hyphens or dots."""
    folded = unicodedata.normalize("NFKC", value).upper()
    return "".join(c for c in folded if not c.isspace() and c not in "-.·")


def _seal(key: AESGCM, data: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + key.encrypt(nonce, data, VERSION + bound)


def _open(key: AESGCM, data: bytes, bound: bytes) -> bytes:
    message = "a ciphertext does not open: it was changed, moved to another subject, or the key is another"
    if data[:1] != VERSION:
        raise ValueError(message)
    try:
        return key.decrypt(data[1 : 1 + NONCE_BYTES], data[1 + NONCE_BYTES :], VERSION + bound)
    except (InvalidTag, ValueError):
        raise ValueError(message) from None
