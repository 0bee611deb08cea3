"""Packages whose verdicts for many at once, or phrases, are wrong in one place."""

from collections.abc import Callable

from broken_packages import ENGLISH, MANIFEST, Files, replaced

BATCHES: list[tuple[str, Callable[[Files], None], str, str]] = [
    ("a batch of no outcome", replaced(MANIFEST, 'batch = ["approved"]', 'batch = ["passed"]'), MANIFEST, "name_unknown"),
    ("a batch twice", replaced(MANIFEST, 'batch = ["approved"]', 'batch = ["approved", "approved"]'), MANIFEST, "manifest_twice"),
    ("a return to many at once", replaced(MANIFEST, 'batch = ["approved"]', 'batch = ["returned"]'), MANIFEST, "batch_kind"),
    ("a batch whose form asks for something", replaced(MANIFEST, "[tasks.invoice]", '[tasks.invoice]\nbatch = ["issued"]'), MANIFEST, "batch_form"),
    ("phrases for no outcome", replaced(MANIFEST, "[tasks.review.phrases]\napproved", "[tasks.review.phrases]\npassed"), MANIFEST, "unknown_key"),
    ("phrases without their translation", replaced(MANIFEST, "请重新扫描后上传。\",", "请重新扫描后上传。\", \"材料齐全。\","), ENGLISH, "text_missing"),
]
