"""The command line as a person meets it: arguments and environment in, status and two streams out."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from service.cli import main

ROOT = Path(__file__).resolve().parents[2]


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str, env: dict[str, str] | None = None) -> Done:
    """Run a command inside this process, with nothing in its environment but `env`."""
    out, err = io.StringIO(), io.StringIO()
    surroundings = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(env or {})}
    with (
        patch.dict(os.environ, surroundings, clear=True),
        patch.object(sys, "argv", ["zhupi", *arguments]),
        contextlib.chdir(ROOT),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            return Done(int(ended.code or 0), out.getvalue(), err.getvalue())
    return Done(0, out.getvalue(), err.getvalue())


def spawn(*arguments: str) -> Done:
    """Run a command as a process of its own, without any configuration."""
    ended = subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    return Done(ended.returncode, ended.stdout, ended.stderr)
