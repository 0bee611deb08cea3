"""TOML of a package is read in bounded time, whatever its keys look like."""

import time

import pytest

from workflows.reading import TomlReader
from workflows.registers import RegisterRefused, parse_register


@pytest.mark.parametrize("part", [b"a.", b'"a".', b"a . "], ids=["bare", "quoted", "spaced"])
@pytest.mark.parametrize("frame", [b"%b=1", b"[%b]", b"x={%b=1}"], ids=["key", "table", "inline"])
def test_a_key_of_very_many_parts_is_refused_at_once(part: bytes, frame: bytes) -> None:
    content = frame % (part * 20_000 + b"b")
    started = time.perf_counter()
    assert [finding.rule for finding in TomlReader("manifest.toml", content).findings] == ["toml_syntax"]
    with pytest.raises(RegisterRefused):
        parse_register(content, "registers/issued_keys.toml")
    assert time.perf_counter() - started < 1


def test_dots_in_texts_are_no_parts_of_a_key() -> None:
    assert not TomlReader("manifest.toml", b'a = "Wait ... it works, see docs/a.b.c."\n').findings
