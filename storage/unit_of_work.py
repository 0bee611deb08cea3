"""The unit of work: one per request or job, and the only place that commits."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from config.logging import note_case
from storage import canonical, chain
from storage.access import ACCESS_DENIED, ACCESS_GRANTED, Access, chain_access
from storage.db import db
from storage.documents import Documents
from storage.entities import entity_of
from storage.erasure import scrub
from storage.errors import DatabaseUnavailable, DueTimer, IdempotencyMismatch, NotFound, StateDamaged
from storage.jobs import Jobs
from storage.journal import Journal
from storage.models import Event, IdempotencyKey, Instance, Task
from storage.personal import Personal
from storage.ports import Clock, HeldClock, Ids, RandomIds, SystemClock
from storage.prepared import Prepared

if TYPE_CHECKING:
    from config.settings import Settings
    from storage.actor import Actor
    from storage.session import Session

Value = TypeVar("Value")
NOBODY = UUID(int=0)
"""Stands for the system among the actors of idempotency rows."""

LOST = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""What the drivers raise when the database does not answer, is full, locked for too long, or gone."""


class Done:
    """What a command says when it is done: `return done(view, task.id)`. `repeated` tells that it was done before."""

    def __init__(self, *, repeated: bool, resource_id: UUID | None) -> None:
        self.repeated = repeated
        self.resource_id = resource_id

    def __call__(self, value: Value, resource_id: UUID | None = None) -> Value:
        """Remember the resource of this command and hand the value back."""
        self.resource_id = resource_id
        return value


class UnitOfWork:
    """Session, journal, personal values, jobs and documents of one request or job, under one clock.

    Inside `begin` the clock stands still, so that an event tells the very instant at which its step was made. Not to be shared between threads. Reads may happen outside `begin`; writes only inside.
    """

    def __init__(self, settings: Settings, clock: Clock, ids: Ids, documents: Documents) -> None:
        self.settings = settings
        self._within: Session | None = None
        self.clock = HeldClock(clock)
        self.ids = ids
        self.documents = documents
        self._index_key = settings.index_key
        self.journal = Journal(self.session, self.clock)
        self.jobs = Jobs(self.session, self.clock, ids, self.journal)
        self.personal = Personal(
            self.session, self.clock, ids, self.jobs, settings.personal_key, settings.index_key
        )
        self._access = Access(self.session, self.clock, ids)
        self._after: list[Callable[[], object]] = []
        self._open = False

    @property
    def session(self) -> Session:
        """The session of the current application context."""
        return self._within or db.session()  # type: ignore[return-value]  # the class that db was made with

    def fingerprint_of(self, *parts: object) -> bytes:
        """Return the fingerprint of a request: an HMAC, because it may cover personal values."""
        return fingerprint_of(self._index_key, *parts)

    @contextlib.contextmanager
    def begin(
        self,
        actor: Actor,
        idempotency_key: str | None = None,
        fingerprint: bytes | None = None,
        resource_id: UUID | None = None,
    ) -> Iterator[Done]:
        """Open the one write transaction of a command; commit when the block ends well, else roll everything back.

        A command that knows its resource beforehand names it: then nothing has to be noted at its end.

        What was read before is let go first: only plain values may cross. Where the key was used before, `done`
        is `repeated` and whatever the block does is rolled back. Raises IdempotencyMismatch for a key that was
        used for another request, DatabaseUnavailable when the database did not confirm (it may have committed:
        the same key tells).
        """
        if self._open:
            message = "a command does not begin inside another one"
            raise RuntimeError(message)
        session = self.session
        session.rollback()
        self._start(actor)
        try:
            session.writes = True
            self._within = session
            session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            self.clock.hold()
            done = self._claim_key(actor, idempotency_key, fingerprint or b"", resource_id)
            yield done
            if done.repeated:
                session.rollback()
                return
            if idempotency_key is not None and done.resource_id not in (None, resource_id):
                self._note_resource(actor, idempotency_key, done.resource_id)
            session.write_out(_PLAIN)
            session.commit()
        except LOST as error:
            self._abandon(session)
            raise DatabaseUnavailable from error
        except sa.exc.DBAPIError as error:
            self._abandon(session)
            if error.connection_invalidated:
                raise DatabaseUnavailable from error
            raise
        except BaseException:
            self._abandon(session)
            raise
        finally:
            self._end()
        self._run_after()

    def lock_instance(self, instance_id: UUID, *, even_if_due: bool = False) -> Instance:
        """Lock the row of an instance, check its state against its last event, and return it.

        Raises NotFound; StateDamaged, after which the caller quarantines in a transaction of its own; DueTimer, after
        which the timer fires in its own; only what fires timers takes the instance `even_if_due`.
        """
        instance = self._lock(_INSTANCE_BY_ID, instance_id)
        if instance is None:
            raise NotFound(kind="instance", id=instance_id)
        last = _LAST_EVENT.first(self.session, _last_of(instance))
        self._check(instance, last, even_if_due=even_if_due)
        return instance

    def lock_task(self, task_id: UUID) -> tuple[Task, Instance]:
        """Lock the instance of a task, then the task; return both. Raises like lock_instance."""
        instance = self._lock(_INSTANCE_OF_TASK, task_id)
        if instance is None:
            raise NotFound(kind="task", id=task_id)
        found = _TASK_AND_LAST_EVENT.first(self.session, {"id": task_id, **_last_of(instance)})
        self._check(instance, found if found.hash is not None else None, even_if_due=False)
        return entity_of(self.session, Task, found), instance

    def record_access(self, actor: Actor, target: str, instance_id: UUID | None = None) -> None:
        """Note that the actor is about to see a file or personal data; call it before the first byte goes out."""
        self._access.note(actor, ACCESS_GRANTED, [target], instance_id)

    def record_accesses(self, actor: Actor, targets: Sequence[str], instance_id: UUID) -> None:
        """Note that the actor is about to see several files of one case, in one statement."""
        self._access.note(actor, ACCESS_GRANTED, targets, instance_id)

    def record_denied(self, actor: Actor, target: str, instance_id: UUID | None = None) -> None:
        """Note that the actor was refused; call it after the rollback of what was refused."""
        self._access.note(actor, ACCESS_DENIED, [target], instance_id)

    def chain_access(self, limit: int = 500) -> int:
        """Give access records their place in their streams; call it inside begin(SYSTEM). Return how many."""
        self._inside()
        return chain_access(self.session, self.journal, limit)

    def erase(self, subject_id: UUID) -> tuple[str, ...]:
        """Erase a person inside a command; the database files forget after the commit.

        Return the keys of the objects that the caller deletes from the store after the commit.
        """
        self._inside()
        erased = self.personal.erase(subject_id)
        engine = db.engine
        self.after_commit(lambda: scrub(engine))
        return erased.object_keys

    def after_commit(self, work: Callable[[], object]) -> None:
        """Run something once the current transaction has committed; it may fail without undoing the command."""
        self._inside()
        self._after.append(work)

    def _lock(self, statement: Prepared, id_: UUID) -> Instance | None:
        self._inside()
        self.session.flush()
        row = statement.first(self.session, {"id": id_})
        instance: Instance | None = None
        if row is not None:
            instance = entity_of(self.session, Instance, row)
            note_case(instance.id, instance.number)
        self.clock.hold()  # waiting for the lock has taken its time: now is when the row is ours
        return instance

    def _check(self, instance: Instance, last: Any, *, even_if_due: bool) -> None:
        """Compare the state with the last event; then see whether a timer is due."""
        intact = last is not None and isinstance(last.body, bytes) and chain.event_hash(last.body) == last.hash
        if last is None or not intact or last.hash != instance.journal_hash:
            raise StateDamaged(instance.id, "the last event is missing or changed")
        why = chain.damage(instance, chain.state_sha256_of(last.body))
        if why:
            raise StateDamaged(instance.id, why)
        due = instance.next_due_at is not None and instance.next_due_at <= self.clock.now()
        if due and not even_if_due:
            raise DueTimer(instance.id)

    def _claim_key(
        self, actor: Actor, key: str | None, fingerprint: bytes, resource_id: UUID | None
    ) -> Done:
        """Take the key for this transaction. Whoever repeats at the same time waits here for our commit or rollback."""
        if key is None:
            return Done(repeated=False, resource_id=None)
        row = {
            "actor": actor.account_id or NOBODY, "key": key, "fingerprint": fingerprint, "now": self.clock.now(),
            "resource": resource_id,
        }  # fmt: skip
        if _TAKE_KEY.write(self.session, row):
            return Done(repeated=False, resource_id=None)
        found = _TAKEN_KEY.first(self.session, {"actor": row["actor"], "key": key})
        if not hmac.compare_digest(found.fingerprint, fingerprint):
            raise IdempotencyMismatch(key)
        return Done(repeated=True, resource_id=found.resource_id)

    def _note_resource(self, actor: Actor, key: str, resource_id: UUID | None) -> None:
        self.session.execute(
            sa.update(IdempotencyKey)
            .where(IdempotencyKey.actor_id == (actor.account_id or NOBODY), IdempotencyKey.key == key)
            .values(resource_id=resource_id)
        )

    def _start(self, actor: Actor) -> None:
        self._open = True
        self._after = []
        self.journal.act_for(actor)
        self.personal.forget()

    def _end(self) -> None:
        self._open = False
        self.session.writes = False
        self._within = None
        self.clock.release()
        self.journal.act_for(None)
        self.personal.forget()

    def _abandon(self, session: Session) -> None:
        self._after = []
        with contextlib.suppress(sa.exc.SQLAlchemyError):
            session.rollback()

    def _run_after(self) -> None:
        work, self._after = self._after, []
        for step in work:
            step()

    def _inside(self) -> None:
        if not self._open:
            message = "this belongs inside uow.begin"
            raise RuntimeError(message)


# Statements of every command, built once.
_TAKE_KEY = Prepared(
    sa.text(
        "INSERT INTO idempotency_key (actor_id, key, fingerprint, resource_id, created_at) "
        "VALUES (:actor, :key, :fingerprint, :resource, :now) ON CONFLICT DO NOTHING"
    ).bindparams(
        sa.bindparam("actor", type_=IdempotencyKey.__table__.c.actor_id.type),
        sa.bindparam("resource", type_=IdempotencyKey.__table__.c.resource_id.type),
        sa.bindparam("now", type_=IdempotencyKey.__table__.c.created_at.type),
    )
)
_TAKEN_KEY = Prepared(
    sa.select(IdempotencyKey.fingerprint, IdempotencyKey.resource_id).where(
        IdempotencyKey.actor_id == sa.bindparam("actor"), IdempotencyKey.key == sa.bindparam("key")
    )
)
_PLAIN = frozenset({Instance, Task})
"""What almost every command changes: rows whose order does not matter, since the lock of the instance is held."""
_INSTANCE = sa.select(*Instance.__table__.c).with_for_update(of=Instance)
_INSTANCE_BY_ID = Prepared(_INSTANCE.where(Instance.id == sa.bindparam("id")))
_INSTANCE_OF_TASK = Prepared(
    _INSTANCE.where(
        Instance.id == sa.select(Task.instance_id).where(Task.id == sa.bindparam("id")).scalar_subquery()
    )
)
_LAST_EVENT = Prepared(
    sa.select(Event.body, Event.hash).where(
        Event.stream == sa.bindparam("stream"), Event.seq == sa.bindparam("seq")
    )
)
_TASK_AND_LAST_EVENT = Prepared(
    sa.select(*Task.__table__.c, Event.body, Event.hash)
    .outerjoin(Event, sa.and_(Event.stream == sa.bindparam("stream"), Event.seq == sa.bindparam("seq")))
    .where(Task.id == sa.bindparam("id"))
    .with_for_update(of=Task)
)
"""Runs after the instance is locked; whoever writes an event or a task of it holds that lock, so nothing is stale."""


def _last_of(instance: Instance) -> dict[str, Any]:
    return {"stream": chain.instance_stream(instance), "seq": instance.journal_seq}


def fingerprint_of(index_key: bytes, *parts: object) -> bytes:
    """Return the HMAC-SHA256 of canonical values under a key that lies outside the database."""
    return hmac.new(index_key, b"request\n" + canonical.encode(list(parts)), hashlib.sha256).digest()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    documents: Documents | None = None,
) -> UnitOfWork:
    """Make a unit of work inside an application context. Hand in `documents` to share its connections to the store."""
    return UnitOfWork(settings, clock or SystemClock(), ids or RandomIds(), documents or Documents(settings))
