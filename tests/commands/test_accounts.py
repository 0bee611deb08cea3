"""Accounts, organisations, sessions and tokens: made by administrators, journaled, hard to guess."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from people_at_work import PASSWORD, Cast, traces
from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import LoginSession, Throttle
from storage.ports import FixedClock
from storage.unit_of_work import UnitOfWork
from workflows import passwords, queries
from workflows.commands.accounts import (
    change_account,
    create_account,
    disable_account,
    enable_account,
    make_setup_token,
    reset_password,
    set_up,
)
from workflows.commands.organisations import (
    create_organisation,
)
from workflows.commands.sessions import change_password, choose_organisation, sign_in, sign_out
from workflows.commands.tokens import create_token, revoke_token
from workflows.errors import (
    FieldInvalid,
    LastAdministrator,
    NotAllowed,
    NotFound,
    NotMember,
    PasswordRefused,
    RoleMissing,
    SetupClosed,
    SignInRefused,
    TooManyAttempts,
    UsernameRefused,
    UsernameTaken,
)
from workflows.passwords import check_password, is_breached
from workflows.queries.actors import person_of_session, person_of_token

CODE = "91310115MA1QFAP100"


def refused(uow: UnitOfWork, error: type[Exception], command: Any, *args: Any, **kwargs: Any) -> Any:
    before = traces(uow)
    with pytest.raises(error) as caught:
        command(uow, *args, **kwargs)
    assert traces(uow) == before
    return caught.value


def test_the_set_up_token_works_once_and_closes_the_door_for_ever(uow: UnitOfWork) -> None:
    old = make_setup_token(uow)
    token = make_setup_token(uow)
    assert token is not None
    assert old is not None
    refused(uow, SetupClosed, set_up, old, "first_one", PASSWORD, "第一人")
    refused(uow, SetupClosed, set_up, "guess", "first_one", PASSWORD, "第一人")
    refused(uow, PasswordRefused, set_up, token, "first_one", "short", "第一人")
    first = set_up(uow, token, "first_one", PASSWORD, "第一人", "运营单位")
    assert first.roles == ("administrator",)
    assert [name for _, name in first.organisations] == ["运营单位"]
    assert make_setup_token(uow) is None
    refused(uow, SetupClosed, set_up, token, "second_one", PASSWORD, "第二人")
    assert uow.journal.verify("system").ok
    assert uow.journal.verify(f"account:{first.id}").ok


@pytest.mark.parametrize("username", ["abc", "a" * 21, "has space", "名字很长", "semi;colon", ""])
def test_q2_user_names_are_4_to_20_letters_digits_and_underscores(cast: Cast, username: str) -> None:
    refused(cast.uow, UsernameRefused, create_account, SYSTEM, username, PASSWORD, "某人")


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("aB3$x", "too_short"),
        ("x1" * 40, "too_long"),
        ("onlyletters", "too_few_classes"),
        ("Password123!", "breached"),
        ("qwerty2026", "breached"),
        ("a1a1a1a1a", "breached"),
        ("new_user1!", "context_word"),
        ("ab\x00cdef12", "control_characters"),
    ],
)
def test_the_strict_profile_refuses_and_says_why(cast: Cast, password: str, rule: str) -> None:
    told = refused(cast.uow, PasswordRefused, create_account, SYSTEM, "new_user", password, "某人")
    assert told.params["rule"] == rule


def test_q3_the_profile_of_the_source_takes_6_to_20() -> None:
    assert check_password("tul1ps", "source") == "tul1ps"
    assert check_password("x7-" * 6, "source")
    for password in ("tul1p", "x7-" * 7, "tulips"):
        with pytest.raises(PasswordRefused):
            check_password(password, "source")
    assert is_breached("P@ssw0rd1")
    assert not is_breached("willow-lantern-27")


def test_a_user_name_is_taken_whatever_its_case(cast: Cast) -> None:
    refused(cast.uow, UsernameTaken, create_account, SYSTEM, "ASKS_1", PASSWORD, "某人")


def test_only_administrators_make_accounts(cast: Cast) -> None:
    refused(cast.uow, RoleMissing, create_account, cast["asks"], "new_user", PASSWORD, "某人")
    refused(cast.uow, RoleMissing, create_organisation, cast["operator"], "某单位")
    refused(cast.uow, RoleMissing, disable_account, cast["asks"], cast["stranger"].account_id)
    refused(cast.uow, RoleMissing, queries.people, cast["asks"])
    made = create_account(
        cast.uow, cast["administrator"], "new_user", PASSWORD, "某人", idempotency_key="one"
    )
    again = create_account(
        cast.uow, cast["administrator"], "new_user", PASSWORD, "某人", idempotency_key="one"
    )
    assert again == made
    assert made.must_change_password


def test_people_change_themselves_but_not_their_name_to_sign_in_nor_their_roles(cast: Cast) -> None:
    own = cast["asks"].account_id
    assert own is not None
    changed = change_account(cast.uow, cast["asks"], own, name="新名", mail="new@example.com")
    assert changed.name == "新名"
    refused(cast.uow, NotAllowed, change_account, cast["asks"], own, username="other_name")
    refused(cast.uow, NotAllowed, change_account, cast["asks"], own, roles=["administrator"])
    refused(cast.uow, NotFound, change_account, cast["asks"], cast["stranger"].account_id, name="新名")
    refused(cast.uow, FieldInvalid, change_account, cast["asks"], own, mail="no mail")
    renamed = change_account(cast.uow, cast["administrator"], own, username="renamed_1", roles=["auditor"])
    assert (renamed.username, renamed.roles) == ("renamed_1", ("auditor",))
    events = [event["action"] for event in cast.uow.journal.read(f"account:{own}")]
    assert events[-3:] == ["account.changed", "account.renamed", "account.roles_changed"]


def test_the_house_keeps_an_administrator(cast: Cast) -> None:
    own = cast["administrator"].account_id
    refused(cast.uow, LastAdministrator, disable_account, cast["administrator"], own)
    refused(cast.uow, LastAdministrator, change_account, cast["administrator"], own, roles=[])


def test_a_session_begins_with_the_right_password_and_ends_with_the_account(
    cast: Cast, clock: FixedClock
) -> None:
    session = sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1")
    assert session.token is not None
    person = person_of_session(session.token, clock.now())
    assert person is not None
    assert person.actor.organisation_id == cast.organisations["applicant"]
    assert cast.uow.session.scalars(select(LoginSession.token_sha256)).one() != session.token.encode()
    disable_account(cast.uow, SYSTEM, session.account_id)
    assert person_of_session(session.token, clock.now()) is None
    with pytest.raises(SignInRefused):
        sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1")
    enable_account(cast.uow, SYSTEM, session.account_id)
    again = sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1")
    assert again.token is not None
    clock.advance(timedelta(hours=13))
    assert person_of_session(again.token, clock.now()) is None


def test_signing_out_ends_the_session_and_may_be_repeated(cast: Cast, clock: FixedClock) -> None:
    session = sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1")
    assert session.token is not None
    sign_out(cast.uow, cast["asks"], session.token)
    sign_out(cast.uow, cast["asks"], session.token)
    assert person_of_session(session.token, clock.now()) is None


def test_unknown_names_are_refused_alike_after_the_same_work(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: Counter[str] = Counter()
    hasher = passwords.HASHER

    class Counting:
        def __getattr__(self, name: str) -> Any:
            found = getattr(hasher, name)
            return self._counted(name, found) if callable(found) else found

        def _counted(self, name: str, found: Callable[..., Any]) -> Callable[..., Any]:
            def run(*args: Any) -> Any:
                verified[name] += 1
                return found(*args)

            return run

    monkeypatch.setattr(passwords, "HASHER", Counting())
    passwords._nobody()
    verified.clear()
    for username in ("asks_1", "nobody_at_all"):
        with pytest.raises(SignInRefused):
            sign_in(cast.uow, username, "wrong password 1", "192.0.2.1")
    assert verified == {"verify": 2}


def test_guessing_is_slowed_per_account_and_forgotten_after_success(cast: Cast, clock: FixedClock) -> None:
    for _ in range(6):
        with pytest.raises(SignInRefused):
            sign_in(cast.uow, "asks_1", "wrong password 1", "192.0.2.1")
    with pytest.raises(TooManyAttempts) as told:
        sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.9")
    assert told.value.params["seconds"] >= 2
    sign_in(cast.uow, "stranger_1", PASSWORD, "192.0.2.1")
    clock.advance(timedelta(seconds=3))
    assert sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1").token
    rows = cast.uow.session.scalars(select(Throttle)).all()
    assert all("asks_1" not in row.key and "192.0.2" not in row.key for row in rows)


def test_an_address_that_tries_many_names_is_slowed(cast: Cast) -> None:
    for number in range(31):
        with pytest.raises(SignInRefused):
            sign_in(cast.uow, f"guess_{number}", "wrong password 1", "192.0.2.66")
    with pytest.raises(TooManyAttempts):
        sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.66")
    assert sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.67").token


def test_a_new_password_asks_for_the_old_one_and_ends_all_sessions(cast: Cast, clock: FixedClock) -> None:
    session = sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1")
    with pytest.raises(SignInRefused):
        change_password(cast.uow, cast["asks"], "wrong password 1", "Maple-harbor-88")
    with pytest.raises(PasswordRefused):
        change_password(cast.uow, cast["asks"], PASSWORD, "asks_1!")
    change_password(cast.uow, cast["asks"], PASSWORD, "Maple-harbor-88")
    assert person_of_session(session.token or "", clock.now()) is None
    assert sign_in(cast.uow, "asks_1", "Maple-harbor-88", "192.0.2.1").must_change_password is False
    reset_password(cast.uow, cast["administrator"], session.account_id, "Cedar-window-31")
    assert sign_in(cast.uow, "asks_1", "Cedar-window-31", "192.0.2.1").must_change_password


def test_people_act_for_their_organisations_only(cast: Cast, clock: FixedClock) -> None:
    session = sign_in(cast.uow, "may_not_1", PASSWORD, "192.0.2.1")
    assert session.organisation_id is None  # two organisations: a choice is needed
    token = session.token or ""
    with pytest.raises(NotMember):
        choose_organisation(cast.uow, cast["may_not"], token, cast.organisations["other"])
    choose_organisation(cast.uow, cast["may_not"], token, cast.organisations["agent"])
    person = person_of_session(token, clock.now())
    assert person is not None
    assert person.actor.groups == {cast.groups["review_agent"]}


def test_a_token_is_shown_once_kept_as_digest_and_revoked(cast: Cast, clock: FixedClock) -> None:
    made = create_token(cast.uow, cast["approves"], "脚本")
    assert made.secret is not None
    assert made.secret.startswith("zp_")
    listed = queries.tokens(cast.uow, cast["approves"])
    assert [one.secret for one in listed] == [None]
    person = person_of_token(made.secret, clock.now())
    assert person is not None
    assert person.actor.groups == cast["approves"].groups
    refused(cast.uow, NotFound, revoke_token, cast["asks"], made.id)
    refused(
        cast.uow, NotMember, create_token, cast["asks"], "别家", organisation_id=cast.organisations["other"]
    )
    refused(cast.uow, NotFound, create_token, cast["asks"], "别人", account_id=cast["approves"].account_id)
    revoke_token(cast.uow, cast["approves"], made.id)
    revoke_token(cast.uow, cast["approves"], made.id)
    assert person_of_token(made.secret, clock.now()) is None
    short = create_token(cast.uow, cast["approves"], "短", expires_in_days=1)
    clock.advance(timedelta(days=2))
    assert person_of_token(short.secret or "", clock.now()) is None
