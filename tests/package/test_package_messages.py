"""What a package says when people are told: places that somebody fills, and never what people typed."""

from collections.abc import Callable

import pytest
from broken_packages import ENGLISH, MANIFEST, Files, replaced

from workflows.packages import findings_of, lint_package, load_package

# fmt: off
CORPUS = (
    ("a message of an unknown event", replaced(MANIFEST, 'on = "case_ended"', 'on = "case_opened"'), MANIFEST, "notification_event"),
    ("a message of the whole case with a step", replaced(MANIFEST, 'on = "case_ended"', 'on = "case_ended"\nstep = "review"'), MANIFEST, "notification_event"),
    ("a message of an unknown step", replaced(MANIFEST, 'step = "delivery"', 'step = "deliver"'), MANIFEST, "notification_step"),
    ("a message with an unknown place", replaced(MANIFEST, "数字证书申请：{outcome}", "数字证书申请：{result}"), MANIFEST, "notification_place"),
    ("a message that names a personal field", replaced(MANIFEST, "数字证书申请：{outcome}", "{application.contact_name}，你好"), MANIFEST, "notification_place"),
    ("a message with half a place", replaced(MANIFEST, "数字证书申请：{outcome}", "数字证书申请：{outcome"), MANIFEST, "notification_place"),
    ("a message that is given twice", replaced(MANIFEST, 'step = "delivery"', 'step = "payment"'), MANIFEST, "manifest_twice"),
    ("a translated message that names a field", replaced(ENGLISH, "Digital certificate: {outcome}", "{contact_name}: {outcome}"), ENGLISH, "notification_place"),
)
# fmt: on


@pytest.mark.parametrize(("change", "file", "rule"), [case[1:] for case in CORPUS], ids=[case[0] for case in CORPUS])
def test_a_message_that_cannot_be_said_is_refused(
    files: Files, change: Callable[[Files], None], file: str, rule: str
) -> None:
    change(files)
    findings = lint_package(files)
    assert (file, rule) in {(one.file, one.rule) for one in findings}, findings_of(findings)


def test_a_message_has_its_words_in_both_languages(sound: Files) -> None:
    package = load_package(sound)
    assert package.texts("zh_CN")["notification.task_opened.payment.title"] == "审核通过，请缴费"
    assert package.texts("en")["notification.task_opened.payment.title"] == "Approved: please pay"


def test_a_message_that_is_not_translated_is_refused(files: Files) -> None:
    replaced(ENGLISH, 'title = "Approved: please pay"\n', "")(files)
    assert "text_missing" in {one.rule for one in lint_package(files)}
