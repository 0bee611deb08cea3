"""Packages whose watermark is asked for wrongly, and what lint has to say about each."""

from broken_packages import MANIFEST, replaced

LIST = 'watermark = ["application.application_form", '

WATERMARKS = [
    ("a watermark that is neither", replaced(MANIFEST, LIST, 'watermark = "all" # ['), MANIFEST, "manifest_watermark"),
    ("a watermark on numbers", replaced(MANIFEST, LIST, "watermark = [1, "), MANIFEST, "manifest_watermark"),
    ("a watermark on a text", replaced(MANIFEST, LIST, 'watermark = ["application.company", '), MANIFEST, "watermark_field"),
    ("a watermark on no step", replaced(MANIFEST, LIST, 'watermark = ["nowhere.file", '), MANIFEST, "watermark_field"),
]
