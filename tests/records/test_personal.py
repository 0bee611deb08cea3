"""Personal values: readable with the keys only, and gone for ever with them."""

import contextlib
import hashlib
import hmac

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage import canonical
from storage.actor import SYSTEM
from storage.db import db
from storage.erasure import scrub
from storage.errors import NotFound
from storage.models import PersonalValue, Subject, SubjectIndex
from storage.personal import SCRUB

PHONE = "13812345678"


def test_what_is_kept_comes_back_and_the_commitment_is_the_documented_one(uow, ids):
    owner = ids.new()
    with uow.begin(SYSTEM):
        subject = uow.personal.new_subject("applicant")
        commitment = uow.personal.keep(owner, "lines[0].phone", subject, PHONE)
        uow.personal.keep(owner, "birth", subject, None)
    assert uow.personal.read([owner]) == {owner: {"lines[0].phone": PHONE, "birth": None}}
    row = uow.session.execute(sa.select(PersonalValue).where(PersonalValue.path == "lines[0].phone")).scalar_one()
    assert row.commitment == commitment
    plain = uow.personal.decrypt(subject, row.ciphertext)
    expected = hashlib.sha256(b"pii" + b"lines[0].phone" + plain[:16] + canonical.encode(PHONE)).hexdigest()
    assert commitment == expected
    assert plain[16:] == canonical.encode(PHONE)
    assert uow.personal.check_commitments(owner) == []


def test_equal_values_have_different_commitments(uow):
    assert uow.personal.commit_value("phone", PHONE)[1] != uow.personal.commit_value("phone", PHONE)[1]


def test_a_changed_commitment_is_noticed(uow, ids):
    owner = ids.new()
    with uow.begin(SYSTEM):
        uow.personal.keep(owner, "phone", uow.personal.new_subject("applicant"), PHONE)
    with uow.begin(SYSTEM):
        uow.session.execute(sa.update(PersonalValue).values(commitment="0" * 64))
    assert uow.personal.check_commitments(owner) == ["phone"]


def test_no_value_lies_in_the_database_in_the_clear(uow, ids, settings, database, postgres):
    owner = ids.new()
    with uow.begin(SYSTEM):
        subject = uow.personal.new_subject("applicant")
        uow.personal.keep(owner, "phone", subject, PHONE)
        uow.personal.index("phone", PHONE, subject)
        commitments = {"phone": uow.personal.commit_value("phone", PHONE)[1]}
        uow.journal.record("x", stream="system", commitments=commitments)
    files = files_of(database, settings, postgres)
    assert not any(PHONE.encode() in content for content in files.values())


def test_a_ciphertext_opens_for_its_subject_and_unchanged_only(uow):
    with uow.begin(SYSTEM):
        one, other = uow.personal.new_subject("row"), uow.personal.new_subject("row")
        sealed = uow.personal.encrypt(one, b"secret")
        assert uow.personal.decrypt(one, sealed) == b"secret"
        for wrong in (lambda: uow.personal.decrypt(other, sealed),
                      lambda: uow.personal.decrypt(one, sealed[:-1] + bytes([sealed[-1] ^ 1])),
                      lambda: uow.personal.decrypt(one, b"")):  # fmt: skip
            with pytest.raises(ValueError, match="does not open"):
                wrong()


def test_a_person_is_found_by_a_whole_value_however_it_is_typed(uow, settings):
    with uow.begin(SYSTEM):
        one, other = uow.personal.new_subject("row"), uow.personal.new_subject("applicant")
        uow.personal.index("id_number", "11010519491231002x", one)
        uow.personal.index("id_number", "11010519491231002x", one)
        uow.personal.index("id_number", "１１０１０５ 19491231 002X", other)
    assert uow.personal.find("id_number", " 11010519491231002X") == {one, other}
    assert uow.personal.find("id_number", "11010519491231002") == set()
    assert uow.personal.find("phone", "11010519491231002X") == set()
    digest = hmac.new(settings.index_key, b"index\nid_number\n11010519491231002X", hashlib.sha256).digest()
    assert set(uow.session.execute(sa.select(SubjectIndex.digest)).scalars()) == {digest}


def test_erasing_takes_the_keys_of_all_that_are_linked_and_of_nobody_else(uow, ids):
    personal, owner = uow.personal, ids.new()
    with uow.begin(SYSTEM):
        subjects = {name: personal.new_subject(name) for name in ("applicant", "row", "contact", "other")}
        for name, subject in subjects.items():
            personal.keep(owner, name, subject, f"value of {name}")
        personal.index("phone", PHONE, subjects["applicant"])
        personal.index("id_number", "11010519491231002X", subjects["applicant"])
        personal.index("id_number", "11010519491231002X", subjects["row"])
        personal.index("phone", PHONE, subjects["contact"])
        personal.index("phone", "13900000000", subjects["other"])
    with uow.begin(SYSTEM):
        assert uow.erase(subjects["row"]) == ()
        uow.journal.record("subject.erased", stream="system", details={"subject": subjects["row"]})
    assert personal.read([owner]) == {
        owner: {"applicant": None, "row": None, "contact": None, "other": "value of other"}
    }
    assert personal.find("phone", PHONE) == set()
    assert personal.find("phone", "13900000000") == {subjects["other"]}
    assert personal.check_commitments(owner) == []
    assert uow.journal.verify("system").ok
    with uow.begin(SYSTEM):
        with pytest.raises(NotFound):
            personal.encrypt(subjects["row"], b"more")
        assert personal.decrypt(subjects["row"], b"anything") is None


def test_erasing_nobody_is_not_found(uow, ids):
    with pytest.raises(NotFound), uow.begin(SYSTEM):
        uow.erase(ids.new())


def test_a_rolled_back_erasure_erases_nothing(uow, ids):
    owner = ids.new()
    with uow.begin(SYSTEM):
        subject = uow.personal.new_subject("row")
        uow.personal.keep(owner, "phone", subject, PHONE)

    def refused() -> None:
        uow.erase(subject)
        raise LookupError

    with pytest.raises(LookupError), uow.begin(SYSTEM):
        refused()
    assert uow.personal.read([owner])[owner]["phone"] == PHONE


def test_an_erased_key_cannot_be_found_in_the_files_of_the_database(uow, ids, settings, database, postgres):
    """Somebody with the files and even the master key looks for the wrapped key, the ciphertext and the index row."""
    owner = ids.new()
    with uow.begin(SYSTEM):
        subject = uow.personal.new_subject("row")
        uow.personal.keep(owner, "phone", subject, PHONE)
        uow.personal.index("phone", PHONE, subject)
        for number in range(30):  # neighbours on the same pages
            uow.personal.keep(owner, f"other{number}", uow.personal.new_subject("row"), "x" * 40)
    wrapped = bytes(uow.session.get(Subject, subject).wrapped_key)
    value = uow.session.execute(
        sa.select(PersonalValue.ciphertext).where(PersonalValue.subject_id == subject)
    ).scalar_one()
    digest = uow.session.execute(
        sa.select(SubjectIndex.digest).where(SubjectIndex.subject_id == subject)
    ).scalar_one()
    needles = {"key": wrapped, "value": bytes(value), "index": bytes(digest)}
    uow.session.rollback()
    before = files_of(database, settings, postgres)
    assert all(any(needle in content for content in before.values()) for needle in needles.values())
    with uow.begin(SYSTEM):
        uow.erase(subject)
    after = files_of(database, settings, postgres)
    assert not [name for name, needle in needles.items() if any(needle in content for content in after.values())]
    assert not restored_keys(after, settings.personal_key, subject.bytes)


def restored_keys(files: dict[str, bytes], master: bytes, subject: bytes) -> list[bytes]:
    """Try every place in the files that could begin a wrapped key."""
    opener, found = AESGCM(master), []
    for content in files.values():
        at = content.find(b"\x01")
        while at >= 0:
            candidate = content[at : at + 1 + 12 + 32 + 16]
            with contextlib.suppress(InvalidTag, ValueError):
                found.append(opener.decrypt(candidate[1:13], candidate[13:], b"\x01subject-key" + subject))
            at = content.find(b"\x01", at + 1)
    return found


def files_of(database, settings, postgres) -> dict[str, bytes]:
    """Return the bytes of the database's tables and, on SQLite, of its WAL."""
    if database.kind == "sqlite":
        return {path.name: path.read_bytes() for path in settings.data.glob("zhupi.sqlite*")}
    name = sa.make_url(database.url).database
    postgres.execute("CHECKPOINT", database=name)
    with db.engine.connect() as connection:
        oid = connection.execute(sa.text("SELECT oid FROM pg_database WHERE datname = :name"), {"name": name}).scalar()
    return {path.name: path.read_bytes() for path in (postgres.folder / "data" / "base" / str(oid)).iterdir() if path.is_file()}


def test_a_reader_in_the_way_leaves_the_scrubbing_to_a_job(uow):
    with uow.begin(SYSTEM):
        subject = uow.personal.new_subject("row")
    with db.engine.connect() as reader:
        reader.execution_options(isolation_level="REPEATABLE READ") if db.engine.name == "postgresql" else None
        reader.execute(sa.select(Subject)).all()
        with uow.begin(SYSTEM):
            uow.erase(subject)
        assert not scrub(db.engine)
    assert scrub(db.engine)
    with uow.begin(SYSTEM):
        assert [job.kind for job in uow.jobs.claim([SCRUB])] == [SCRUB]
