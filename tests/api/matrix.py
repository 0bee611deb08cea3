"""Who may come through which route: declared here once, compared with what the application does.

A row names the verb, the rule, who gets through, and for objects who may see them without being allowed to act
(403); everybody else has to read that there is nothing (404), or that they lack the role (403).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cast import LANES

STAFF = frozenset(LANES) | {"second_reviewer", "other_group"}
HOUSE = frozenset({"administrator", "process_owner", "auditor", "operator"})
SESSIONS = frozenset({"session:applicant", "session:neighbour", "session:administrator"})
PROGRAMS = STAFF | HOUSE | {"applicant", "colleague", "neighbour"}
PEOPLE = PROGRAMS | SESSIONS
STRANGERS = frozenset({"anonymous"})
BAD_TOKENS = frozenset({"expired", "revoked", "unknown"})
EVERYBODY = PEOPLE | STRANGERS
NOBODY: frozenset[str] = frozenset()

ADMIN = frozenset({"administrator", "session:administrator"})
DEPLOYERS = ADMIN | {"process_owner"}
OVERSEERS = ADMIN | {"auditor", "operator"}
APPLICANTS = frozenset({"applicant", "colleague", "session:applicant"})
REVIEWERS = frozenset({"review_agent", "second_reviewer"})
IN_REVIEW = APPLICANTS | REVIEWERS | OVERSEERS
"""Those for whom the application in review exists: its applicant, the group that works on it, the overseers."""
MEMBERS = APPLICANTS | ADMIN
ENTRY_READERS = APPLICANTS | OVERSEERS | REVIEWERS | {"finance", "production", "customer_service", "shipping"}
CANCELLERS = ADMIN | {"operator"}
NOTIFIED = frozenset({"review_agent"})
"""Whose notice it is: nobody else reads it."""

Fill = Callable[[Any], Any]


@dataclass(frozen=True)
class Row:
    """One route: what to send, who gets through, who is told 403 instead of 404."""

    verb: str
    rule: str
    allowed: frozenset[str]
    seen: frozenset[str] = NOBODY
    params: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    form: Mapping[str, Any] | None = None
    hidden: bool = True
    """Whether those who are kept out read 404 (an object of others) or 403 (a role that they lack)."""

    @property
    def name(self) -> str:
        """Verb and rule, as the report shows them."""
        return f"{self.verb} {self.rule}"


API = "/api/v1"
DRAFT = {"task_id": "draft_task"}
REVIEW = {"task_id": "review_task"}
CASE = {"instance_id": "case"}
ORGANISATION = {"organisation_id": "organisation"}
ACCOUNT = {"account_id": "account"}
GROUP = {"group_id": "group"}
NOTICE = {"notification_id": "notice"}
INCIDENT = {"incident_id": "incident"}
PROCESS = {"process_key": "certificate_issuance"}


def _role(verb: str, rule: str, allowed: frozenset[str], **more: Any) -> Row:
    return Row(verb, rule, allowed, hidden=False, **more)


# One row is one line, however long: the table is read down its columns.
# fmt: off
ROWS = (
    # open to everybody
    _role("GET", "/", EVERYBODY),
    _role("GET", "/healthz", EVERYBODY),
    _role("GET", "/readyz", EVERYBODY),
    _role("GET", "/metrics", OVERSEERS),
    _role("GET", "/login", EVERYBODY),
    _role("POST", "/login", EVERYBODY, form={"username": "nobody_here", "password": "x"}),
    _role("GET", "/setup", EVERYBODY),
    _role("POST", "/setup", EVERYBODY, form={"token": "x"}),
    _role("GET", "/preferences", EVERYBODY),
    _role("GET", "/catalogue", EVERYBODY),
    _role("GET", "/catalogue/<process_key>/<path:path>", EVERYBODY, params={**PROCESS, "path": "documents/application_form.pdf"}),
    _role("GET", "/static/<path:filename>", EVERYBODY, params={"filename": "favicon.svg"}),
    _role("GET", "/api/docs", EVERYBODY),
    _role("GET", f"{API}/openapi.json", EVERYBODY),
    # one's own things
    _role("GET", f"{API}/me", PEOPLE),
    _role("GET", f"{API}/definitions", PEOPLE),
    _role("GET", f"{API}/instances", PEOPLE),
    _role("GET", f"{API}/tasks", PEOPLE),
    _role("GET", f"{API}/registers", PEOPLE),
    _role("GET", f"{API}/organisations", PEOPLE),
    _role("GET", f"{API}/tokens", PEOPLE),
    _role("POST", f"{API}/tokens", SESSIONS, json={"label": "x"}),
    Row("DELETE", f"{API}/tokens/<uuid:token_id>", frozenset({"applicant", "session:applicant"}) | ADMIN, params={"token_id": "token"}),
    _role("GET", "/account", PEOPLE),
    _role("POST", "/account", SESSIONS, form={"name": "x"}),
    _role("GET", "/account/password", SESSIONS),
    _role("POST", "/account/password", SESSIONS, form={"old": "x"}),
    _role("POST", "/account/tokens", SESSIONS, form={"label": "x"}),
    Row("POST", "/account/tokens/<uuid:token_id>/revoke", frozenset({"session:applicant", "session:administrator"}), seen=PROGRAMS, params={"token_id": "token"}),
    _role("GET", "/inbox", PEOPLE),
    _role("GET", "/badge", PEOPLE),
    _role("GET", "/notifications", PEOPLE),
    Row("POST", "/notifications/<uuid:notification_id>", NOTIFIED, params=NOTICE, form={}),
    _role("POST", "/notifications/read", PEOPLE, form={}),
    _role("POST", "/account/notifications", SESSIONS, form={"task_opened.mail": "never"}),
    _role("GET", f"{API}/notifications", PEOPLE),
    Row("POST", f"{API}/notifications/<uuid:notification_id>/read", NOTIFIED, params=NOTICE),
    _role("POST", f"{API}/notifications/read", PEOPLE),
    _role("GET", f"{API}/notifications/preferences", PEOPLE),
    _role("PUT", f"{API}/notifications/preferences", PEOPLE, json={"preferences": []}),
    _role("POST", "/inbox/batch", PEOPLE, form={"task": "x"}),
    _role("POST", "/inbox/next", PEOPLE, form={"process": "another"}),
    Row("GET", "/inbox/preview/<uuid:task_id>", REVIEWERS | OVERSEERS, params=REVIEW),
    _role("GET", "/applications", PEOPLE),
    _role("GET", "/registers", PEOPLE),
    _role("POST", "/organisation", SESSIONS, form={"organisation": "x"}),
    # applications
    Row("POST", f"{API}/instances", PEOPLE - HOUSE - ADMIN, seen=HOUSE | ADMIN, json=PROCESS),
    Row("POST", "/catalogue/<process_key>/start", PEOPLE, params=PROCESS, form={}),
    Row("GET", f"{API}/instances/<uuid:instance_id>", IN_REVIEW, params=CASE),
    Row("POST", f"{API}/instances/<uuid:instance_id>/suspend", CANCELLERS, seen=IN_REVIEW, params=CASE, json={"reason": "x"}),
    Row("POST", f"{API}/instances/<uuid:instance_id>/resume", CANCELLERS, seen=IN_REVIEW, params=CASE, json={}),
    _role("POST", f"{API}/messages", CANCELLERS, json={"message": "nobody_awaits_this"}),
    _role("GET", f"{API}/incidents", OVERSEERS),
    _role("GET", f"{API}/incidents/<uuid:incident_id>", OVERSEERS, params=INCIDENT),
    _role("POST", f"{API}/incidents/<uuid:incident_id>/retry", CANCELLERS, params=INCIDENT),
    _role("POST", f"{API}/incidents/<uuid:incident_id>/skip", CANCELLERS, params=INCIDENT, json={"reason": "x"}),
    _role("POST", f"{API}/incidents/<uuid:incident_id>/fail", CANCELLERS, params=INCIDENT, json={"error": "x", "reason": "x"}),
    _role("POST", f"{API}/incidents/<uuid:incident_id>/close", CANCELLERS, params=INCIDENT, json={"reason": "x"}),
    Row("GET", f"{API}/instances/<uuid:instance_id>/diagram", IN_REVIEW, params=CASE),
    Row("GET", f"{API}/instances/<uuid:instance_id>/journal", OVERSEERS, params=CASE),
    Row("POST", f"{API}/instances/<uuid:instance_id>/withdraw", APPLICANTS, seen=IN_REVIEW, params=CASE, json={"reason": "x"}),
    Row("POST", f"{API}/instances/<uuid:instance_id>/cancel", CANCELLERS, seen=IN_REVIEW, params=CASE, json={"reason": "x"}),
    Row("GET", "/instances/<uuid:instance_id>", IN_REVIEW, params=CASE),
    Row("GET", "/instances/<uuid:instance_id>/diagram.json", IN_REVIEW, params=CASE),
    Row("GET", "/instances/<uuid:instance_id>/papers/<kind>.pdf", IN_REVIEW, params={**CASE, "kind": "application"}),
    Row("GET", "/instances/<uuid:instance_id>/papers/<uuid:paper_id>.pdf", IN_REVIEW, params={**CASE, "paper_id": "paper"}),
    Row("POST", "/instances/<uuid:instance_id>/withdraw", APPLICANTS, seen=IN_REVIEW, params=CASE, form={"reason": "x"}),
    Row("POST", "/instances/<uuid:instance_id>/again", APPLICANTS, params=CASE, form={}),
    Row("POST", "/instances/<uuid:instance_id>/cancel", CANCELLERS, seen=IN_REVIEW, params=CASE, form={"reason": "x"}),
    Row("POST", "/instances/<uuid:instance_id>/suspend", CANCELLERS, seen=IN_REVIEW, params=CASE, form={"reason": "x"}),
    Row("POST", "/instances/<uuid:instance_id>/resume", CANCELLERS, seen=IN_REVIEW, params=CASE, form={}),
    # tasks: the review of a submitted application, the draft of another one
    Row("GET", f"{API}/tasks/<uuid:task_id>", REVIEWERS | OVERSEERS, params=REVIEW),
    Row("POST", f"{API}/tasks/<uuid:task_id>/claim", REVIEWERS, seen=IN_REVIEW, params=REVIEW, json={}),
    Row("POST", f"{API}/tasks/<uuid:task_id>/release", REVIEWERS, seen=IN_REVIEW, params=REVIEW, json={}),
    Row("POST", f"{API}/tasks/<uuid:task_id>/complete", REVIEWERS, seen=IN_REVIEW, params=REVIEW, json={"outcome": "approved", "task_version": 1}),
    Row("POST", f"{API}/tasks/<uuid:task_id>/signers", REVIEWERS | CANCELLERS, seen=IN_REVIEW, params=REVIEW, json={"signer": "finance"}),
    Row("POST", f"{API}/tasks/<uuid:task_id>/signers/<string(maxlength=64):signer>/remove", REVIEWERS | CANCELLERS, seen=IN_REVIEW, params={**REVIEW, "signer": "finance"}, json={"reason": "x"}),
    Row("POST", f"{API}/tasks/<uuid:task_id>/return", REVIEWERS, seen=IN_REVIEW, params=REVIEW, json={"to": "application", "reason": "x", "task_version": 1}),
    Row("PUT", f"{API}/tasks/<uuid:task_id>/draft", APPLICANTS, seen=OVERSEERS, params=DRAFT, json={"answers": {}, "revision": 0}),
    Row("POST", f"{API}/tasks/<uuid:task_id>/attachments", APPLICANTS, seen=OVERSEERS, params=DRAFT, form={"field": "application_form", "file": "FILE"}),
    Row("GET", f"{API}/instances/<uuid:instance_id>/papers", IN_REVIEW, params=CASE),
    Row("GET", f"{API}/instances/<uuid:instance_id>/papers/<uuid:paper_id>", IN_REVIEW, params={**CASE, "paper_id": "paper"}),
    Row("GET", f"{API}/attachments/<uuid:attachment_id>", APPLICANTS | REVIEWERS, params={"attachment_id": "committed_file"}),
    Row("DELETE", f"{API}/attachments/<uuid:attachment_id>", APPLICANTS, seen=OVERSEERS, params={"attachment_id": "held_file"}),
    Row("GET", "/tasks/<uuid:task_id>", REVIEWERS | OVERSEERS, params=REVIEW),
    # whoever may look at the draft is shown it again with the reason why it is not theirs (409)
    Row("POST", "/tasks/<uuid:task_id>", APPLICANTS | OVERSEERS, params=DRAFT, form={"_action": "draft", "_version": "1"}),
    Row("POST", "/tasks/<uuid:task_id>/claim", REVIEWERS, seen=IN_REVIEW, params=REVIEW, form={}),
    Row("POST", "/tasks/<uuid:task_id>/return", REVIEWERS, seen=IN_REVIEW, params=REVIEW, form={"to": "application", "reason": "x"}),
    Row("POST", "/tasks/<uuid:task_id>/signers", REVIEWERS | CANCELLERS, seen=IN_REVIEW, params=REVIEW, form={"signer": "finance"}),
    Row("POST", "/tasks/<uuid:task_id>/release", REVIEWERS, seen=IN_REVIEW, params=REVIEW, form={}),
    Row("POST", "/tasks/<uuid:task_id>/files", APPLICANTS, seen=OVERSEERS, params=DRAFT, form={"field": "application_form", "_file:application_form": "FILE"}),
    Row("POST", "/tasks/<uuid:task_id>/files/remove", APPLICANTS, seen=OVERSEERS, params=DRAFT, form={"field": "application_form", "attachment": "held_file"}),
    Row("POST", "/tasks/<uuid:task_id>/files/restore", APPLICANTS, seen=OVERSEERS, params=DRAFT, form={"field": "application_form", "attachment": "held_file"}),
    Row("GET", "/tasks/<uuid:task_id>/rows/<string(maxlength=64):name>", APPLICANTS, seen=OVERSEERS, params={**DRAFT, "name": "lines"}),
    Row("GET", "/tasks/<uuid:task_id>/rows/<string(maxlength=64):name>.xlsx", APPLICANTS, seen=OVERSEERS, params={**DRAFT, "name": "lines"}),
    Row("POST", "/tasks/<uuid:task_id>/rows/<string(maxlength=64):name>", APPLICANTS, seen=OVERSEERS, params={**DRAFT, "name": "lines"}, form={"text": "basic"}),
    Row("POST", "/tasks/<uuid:task_id>/rows/<string(maxlength=64):name>/take", APPLICANTS, seen=OVERSEERS, params={**DRAFT, "name": "lines"}, form={"rows": "[]"}),
    Row("GET", "/attachments/<uuid:attachment_id>", APPLICANTS | REVIEWERS, params={"attachment_id": "committed_file"}),
    Row("GET", "/attachments/<uuid:attachment_id>/pages", APPLICANTS | REVIEWERS, params={"attachment_id": "committed_file"}),
    Row("GET", "/attachments/<uuid:attachment_id>/pages/<int:number>", APPLICANTS | REVIEWERS, params={"attachment_id": "committed_file", "number": "1"}),
    # registers
    _role("GET", f"{API}/registers/<string(maxlength=64):register>/entries", PEOPLE, params={"register": "issued_keys"}),
    Row("GET", f"{API}/registers/<string(maxlength=64):register>/entries/<uuid:entry_id>", ENTRY_READERS, params={"register": "issued_keys", "entry_id": "entry"}),
    _role("GET", "/registers/<register>", PEOPLE, params={"register": "issued_keys"}),
    Row("GET", "/registers/<register>/<uuid:entry_id>", ENTRY_READERS, params={"register": "issued_keys", "entry_id": "entry"}),
    # the house
    _role("POST", f"{API}/definitions", DEPLOYERS, form={"file": "FILE"}),
    _role("GET", "/admin/packages", DEPLOYERS),
    _role("POST", "/admin/packages", DEPLOYERS, form={"file": "FILE"}),
    _role("GET", f"{API}/accounts", ADMIN),
    _role("POST", f"{API}/accounts", ADMIN, json={"username": "new_person", "password": "Correct horse 71", "name": "x"}),
    Row("GET", f"{API}/accounts/<uuid:account_id>", ADMIN | {"applicant", "session:applicant"}, params=ACCOUNT),
    Row("PATCH", f"{API}/accounts/<uuid:account_id>", ADMIN | {"applicant", "session:applicant"}, params=ACCOUNT, json={"name": "x"}),
    _role("PUT", f"{API}/accounts/<uuid:account_id>/password", frozenset({"session:administrator"}), params=ACCOUNT, json={"password": "Correct horse 71"}),
    _role("POST", f"{API}/accounts/<uuid:account_id>/disable", ADMIN, params=ACCOUNT),
    _role("POST", f"{API}/accounts/<uuid:account_id>/enable", ADMIN, params=ACCOUNT),
    _role("POST", f"{API}/organisations", ADMIN, json={"name": "x"}),
    Row("GET", f"{API}/organisations/<uuid:organisation_id>", MEMBERS, params=ORGANISATION),
    _role("PATCH", f"{API}/organisations/<uuid:organisation_id>", ADMIN, params=ORGANISATION, json={"name": "x"}),
    _role("PUT", f"{API}/organisations/<uuid:organisation_id>/members", ADMIN, params=ORGANISATION, json={"account_ids": []}),
    Row("GET", f"{API}/organisations/<uuid:organisation_id>/groups", MEMBERS, params=ORGANISATION),
    _role("POST", f"{API}/organisations/<uuid:organisation_id>/groups", ADMIN, params=ORGANISATION, json={"name": "x"}),
    _role("PUT", f"{API}/groups/<uuid:group_id>/members", ADMIN, params=GROUP, json={"account_ids": []}),
    _role("GET", f"{API}/bindings", ADMIN),
    _role("PUT", f"{API}/bindings", ADMIN, json={**PROCESS, "lane": "finance", "group_id": None}),
    _role("GET", f"{API}/calendar/<int:year>", PEOPLE, params={"year": "2027"}),
    _role("PUT", f"{API}/calendar/<int:year>", ADMIN, params={"year": "2027"}, json={"days": []}),
    _role("POST", f"{API}/calendar/<int:year>/preview", ADMIN, params={"year": "2027"}, json={"days": []}),
    _role("GET", "/operations", OVERSEERS),
    _role("GET", "/operations/incidents", OVERSEERS),
    _role("GET", "/operations/incidents/<uuid:incident_id>", OVERSEERS, params=INCIDENT),
    _role("POST", "/operations/incidents/<uuid:incident_id>", CANCELLERS, params=INCIDENT, form={"_action": "close", "reason": "x"}),
    _role("GET", "/operations/calendar", OVERSEERS),
    _role("GET", "/operations/calendar/<int:year>", OVERSEERS, params={"year": "2027"}),
    _role("POST", "/operations/calendar/<int:year>", ADMIN, params={"year": "2027"}, form={"days": "2027-01-01 off x"}),
    _role("GET", "/admin/bindings", ADMIN),
    _role("POST", "/admin/bindings/<process_key>/<lane>", ADMIN, params={**PROCESS, "lane": "finance"}, form={"group": ""}),
    _role("GET", "/admin/messages", ADMIN),
    _role("POST", "/admin/messages", ADMIN, form={}),
    _role("POST", "/admin/messages/<uuid:delivery_id>", ADMIN, params={"delivery_id": "delivery"}, form={}),
    _role("GET", "/admin/organisations", ADMIN),
    _role("POST", "/admin/organisations", ADMIN, form={"name": "x"}),
    _role("GET", "/admin/organisations/<uuid:organisation_id>", ADMIN, params=ORGANISATION),
    _role("POST", "/admin/organisations/<uuid:organisation_id>/groups", ADMIN, params=ORGANISATION, form={"name": "x"}),
    _role("POST", "/admin/organisations/<uuid:organisation_id>/groups/<uuid:group_id>", ADMIN, params={"organisation_id": "agency", **GROUP}, form={}),
    _role("POST", "/admin/organisations/<uuid:organisation_id>/members", ADMIN, params=ORGANISATION, form={"username": "x"}),
    _role("GET", "/admin/people", ADMIN),
    _role("GET", "/admin/people/new", ADMIN),
    _role("POST", "/admin/people/new", ADMIN, form={"username": "x"}),
    _role("GET", "/admin/people/<uuid:account_id>", ADMIN, params=ACCOUNT),
    _role("POST", "/admin/people/<uuid:account_id>", ADMIN, params=ACCOUNT, form={"name": "x"}),
    _role("POST", "/admin/people/<uuid:account_id>/password", frozenset({"session:administrator"}), params=ACCOUNT, form={"new_password": "x"}),
    _role("POST", "/admin/people/<uuid:account_id>/switch", ADMIN, params=ACCOUNT, form={"to": "enabled"}),
    # last, because these end the session that asks
    _role("POST", "/logout", PEOPLE, form={}),
)
# fmt: on
