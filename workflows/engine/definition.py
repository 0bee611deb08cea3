"""From checked files to the shared definition, kept by content hash (docs/engine.md, rule 2)."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping

from workflows.engine.building import build_definition
from workflows.engine.findings import ModelRefused
from workflows.engine.lint import MAIN, NO_CALLS, judge
from workflows.engine.model import Definition

MAX_KEPT = 256
_kept: OrderedDict[str, Definition] = OrderedDict()
_lock = threading.Lock()


def parse_definition(
    files: Mapping[str, bytes], main: str = MAIN, calls: Mapping[str, Definition] = NO_CALLS
) -> Definition:
    """Return the definition of a diagram and its decision tables; the same object for the same bytes.

    ``calls`` are the definitions that call activities name, by key; a caller is bound to exactly these, by their
    content hash. Raises ModelRefused with every finding. The 256 definitions used last are kept.
    """
    sha256 = content_hash(files, main, calls)
    with _lock:
        if sha256 in _kept:
            _kept.move_to_end(sha256)
            return _kept[sha256]
    judged = judge(files, main, calls)
    if judged.findings:
        raise ModelRefused(judged.findings)
    definition = build_definition(judged, sha256, calls)
    with _lock:
        definition = _kept.setdefault(sha256, definition)
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return definition


def content_hash(
    files: Mapping[str, bytes], main: str = MAIN, calls: Mapping[str, Definition] = NO_CALLS
) -> str:
    """SHA-256 over the names and contents of everything that the engine reads, and whether anything else is there.

    What is called counts by its own hash; a process that calls nothing has the hash that it always had.
    """
    digest = hashlib.sha256(b"alone\n" if set(files) == {main} else b"package\n")
    for path in sorted(files):
        is_form = path.startswith("forms/") and path.endswith(".json")
        if path == main or (path.startswith("decisions/") and path.endswith(".dmn")):
            content = files[path]
        elif is_form:
            content = b""  # only that the form is there
        else:
            continue
        role = "main" if path == main else path
        digest.update(f"{role}\n{len(content)}\n".encode())
        digest.update(content)
    for key in sorted(calls):
        digest.update(f"call {key}\n{calls[key].sha256}\n".encode())
    return digest.hexdigest()
