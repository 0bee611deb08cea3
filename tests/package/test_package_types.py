"""Expressions of a package that cannot work on what its forms, tables and handlers give them are found at deploy."""

import pytest
from broken_packages import PRICES, PROCESS, Files, replaced

from workflows.packages import findings_of, lint_package

PAYMENT = "forms/payment.json"
REVIEW = "forms/review.json"
APPLICATION = "forms/application.json"
PRODUCTION = "forms/production.json"


@pytest.mark.parametrize(
    ("path", "old", "new", "rule", "hint"),
    [
        (PROCESS, ">payment.personal_without_approval<", ">payment.paid_on<", "not_boolean", "a date"),
        (PROCESS, '>review.outcome = "rejected"<', ">review.outcome = 3<", "unlike_types", "a number"),
        (
            PROCESS,
            '>review.outcome = "rejected"<',
            '>review.outcome in ("rejcted")<',
            "never_equal",
            "approved",
        ),
        (
            PROCESS,
            '>review.outcome = "rejected"<',
            ">application.company + 3 = null<",
            "wrong_type",
            "null",
        ),
        (PROCESS, '>review.outcome = "rejected"<', ">count(application.lines)<", "not_boolean", "a number"),
        (PROCESS, "sum(pricing.amount)", "application.company", "wrong_type", "a number is needed"),
        (
            PROCESS,
            'value="invoice.issued_on"',
            'value="invoice.invoice_number"',
            "wrong_type",
            "a date is needed",
        ),
        (
            PROCESS,
            'value="application.invoice_title"',
            "value='duration(&quot;P3D&quot;)'",
            "wrong_type",
            "a duration",
        ),
        (PRICES, '<text>"basic"</text>', "<text>3</text>", "unlike_types", "a string"),
        (PRICES, '<text>"basic"</text>', '<text>"basis"</text>', "never_equal", "basic"),
        (PRICES, "<text>140</text>", '<text>"140"</text>', "wrong_type", "a number is needed"),
        (PRICES, "140 * line.quantity", "140 * line.package", "wrong_type", "a string"),
        (PAYMENT, '=payer_type != \\"personal\\"', '=payer_type != \\"persona\\"', "never_equal", "personal"),
        (
            PAYMENT,
            '"formula": "payer_type = \\"other_enterprise\\""',
            '"formula": "payer_type"',
            "not_boolean",
            "a string",
        ),
        (
            APPLICATION,
            "sum(lines.quantity) < 2",
            "sum(lines.package) < 2",
            "wrong_type",
            "sum needs a number",
        ),
        (PRODUCTION, "count(keys) = sum", '\\"3\\" = sum', "unlike_types", "a string"),
    ],
)
def test_an_expression_of_the_wrong_type_is_one_finding_with_its_place(
    files: Files, path: str, old: str, new: str, rule: str, hint: str
) -> None:
    replaced(path, old, new)(files)
    found = [one for one in lint_package(files) if one.rule == f"expression_{rule}"]
    assert [one.file for one in found] == [path], findings_of(lint_package(files))
    assert hint in found[0].message.lower()
    assert found[0].line is not None, found
    assert found[0].element


def test_an_outcome_that_no_task_offers_is_told_once(files: Files) -> None:
    replaced(PROCESS, 'review.outcome = "rejected"', 'review.outcome = "rejcted"')(files)
    rules = [one.rule for one in lint_package(files)]
    assert rules.count("outcome_unknown") == 1
    assert "expression_never_equal" not in rules
