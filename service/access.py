"""Who may come through a route. Deny by default: a route without a policy keeps the whole app from starting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from storage.actor import Role

View = TypeVar("View", bound=Callable[..., Any])
MARK = "_zhupi_policy"


class RouteWithoutPolicy(RuntimeError):
    """A route was registered without `@access(...)`: declare who may come through it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a route at all; what they see of the house is then cut by the query or the command.

    `roles` empty and not `public` means every signed-in person. `session_only` refuses access tokens (a leaked
    token must not mint others). `with_old_password` stays open for people who have to change theirs first.
    """

    public: bool = False
    roles: frozenset[Role] = frozenset()
    session_only: bool = False
    with_old_password: bool = False

    def __str__(self) -> str:
        if self.public:
            return "public"
        if self.roles:
            return "role:" + "|".join(sorted(self.roles))
        return "signed_in"


def parse_policy(rule: str, *, session_only: bool = False, with_old_password: bool = False) -> Policy:
    """Read `public`, `signed_in` or `role:administrator|auditor`; ValueError for everything else."""
    if rule == "public":
        return Policy(public=True, with_old_password=True)
    if rule == "signed_in":
        return Policy(session_only=session_only, with_old_password=with_old_password)
    kind, _, names = rule.partition(":")
    if kind != "role" or not names:
        message = f"not a policy: {rule!r}"
        raise ValueError(message)
    roles = frozenset(Role(name) for name in names.split("|"))
    return Policy(roles=roles, session_only=session_only, with_old_password=with_old_password)


def access(
    rule: str, *, session_only: bool = False, with_old_password: bool = False
) -> Callable[[View], View]:
    """Declare the policy of a route: `public`, `signed_in` or `role:administrator|auditor`.

    Goes below the route decorator, so that the function which is registered bears the mark.
    """
    policy = parse_policy(rule, session_only=session_only, with_old_password=with_old_password)

    def mark(view: View) -> View:
        setattr(view, MARK, policy)
        return view

    return mark


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """Return the policy that the view behind an endpoint declares, None if it declares none."""
    found = getattr(app.view_functions.get(endpoint), MARK, None)
    return found if isinstance(found, Policy) else None


def require_policies(app: Flask) -> None:
    """Raise RouteWithoutPolicy naming every route that forgot its policy."""
    bare = sorted({rule.rule for rule in app.url_map.iter_rules() if policy_of(app, rule.endpoint) is None})
    if bare:
        message = "no access policy on: " + ", ".join(bare)
        raise RouteWithoutPolicy(message)
