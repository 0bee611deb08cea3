"""Papers are set in a process of their own: data goes in as JSON, a PDF/A with embedded fonts comes out.

Nothing that somebody typed is ever part of the template: it is read from `sys.inputs` as data. The process has a bound on
memory, processor time and the clock, opens nothing of the house and fetches nothing.
"""

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from storage.errors import CheckUnavailable
from storage.fonts import FOLDER

MEMORY_BYTES: Final = 1536 * 1024 * 1024
CPU_SECONDS: Final = 20
CLOCK_SECONDS: Final = 30.0
AT_ONCE: Final = 2
MOST_WAIT_SECONDS: Final = 30.0
MOST_DATA: Final = 4 * 1024 * 1024
PATIENCE: Final = 10
"""How nice the process is while nobody waits."""

_TURNS: Final = threading.BoundedSemaphore(AT_ONCE)


def typeset(template: Path, data: Mapping[str, Any], fonts: Path = FOLDER, *, patient: bool = False) -> bytes:
    """Return the PDF/A-2b of a template with its data, at most 4 MiB of JSON.

    A `patient` caller leaves the processor to whoever has somebody waiting.

    Raises CheckUnavailable when it cannot be made now: too many wait, a bound is passed, the program falls over.
    """
    said = json.dumps(data, ensure_ascii=False)
    if len(said.encode()) > MOST_DATA or not _TURNS.acquire(timeout=MOST_WAIT_SECONDS):
        raise CheckUnavailable
    try:
        made = subprocess.run(  # noqa: S603 - our own program, no shell
            (sys.executable, "-m", "storage.typesetting", str(template), str(fonts), str(PATIENCE * patient)),
            input=said.encode(),
            capture_output=True,
            timeout=CLOCK_SECONDS,
            cwd=Path(__file__).resolve().parents[1],
            env={},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise CheckUnavailable from None
    finally:
        _TURNS.release()
    if made.returncode != 0 or not made.stdout.startswith(b"%PDF"):
        raise CheckUnavailable
    return made.stdout


def main() -> None:
    """Set what stands on the standard input, within bounds, and write the PDF to the standard output."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    os.nice(int(sys.argv[3]))
    import typst

    template, fonts = Path(sys.argv[1]), Path(sys.argv[2])
    pdf = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[str(fonts)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": sys.stdin.buffer.read().decode()},
        pdf_standards=["a-2b"],
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
