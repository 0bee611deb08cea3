"""`make run` on a machine that lacks something says what, in a sentence."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BOOTSTRAP = ROOT / "config" / "bootstrap.py"


@pytest.fixture(scope="module")
def bootstrap():
    spec = importlib.util.spec_from_file_location("zhupi_bootstrap", BOOTSTRAP)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copy_of(bootstrap: Path, folder: Path) -> Path:
    """Return the bootstrap alone in a checkout without an environment."""
    place = folder / "config" / "bootstrap.py"
    place.parent.mkdir()
    place.write_text(bootstrap.read_text())
    return place


def test_a_python_that_is_too_old_is_named(bootstrap):
    assert "needs Python 3.11 or newer; this is Python 3.10" in bootstrap.complaint_about((3, 10, 4), True)


def test_a_python_without_ensurepip_is_told_what_to_install(bootstrap):
    assert "apt install python3.11-venv" in bootstrap.complaint_about((3, 11, 2), False)


def test_a_good_python_is_not_complained_about(bootstrap):
    assert bootstrap.complaint_about((3, 11, 0), True) is None
    assert bootstrap.complaint_about((3, 14, 0), True) is None


def test_without_ensurepip_the_whole_run_ends_with_the_sentence(tmp_path: Path):
    place = copy_of(BOOTSTRAP, tmp_path)
    hide = f"import sys; sys.modules['ensurepip'] = None; sys.argv = ['bootstrap', 'run']; import runpy; runpy.run_path({str(place)!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-I", "-c", hide], env={**os.environ, "PATH": "/nonexistent"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "lacks ensurepip" in done.stdout
    assert done.stderr == ""


def test_old_pythons_can_read_the_file():
    # The grammar of the oldest version that ast can still be asked for on this Python.
    import ast

    ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 7))


@pytest.mark.parametrize(
    ("version", "fits"),
    [("v20.18.1", False), ("v20.19.0", True), ("v21.7.0", False), ("v22.11.0", False), ("v22.12.0", True), ("v24.1.0", True), ("", False)],
)
def test_a_node_fits_from_20_19_and_from_22_12(bootstrap, version: str, fits: bool):
    assert bootstrap.node_fits(version) is fits


def test_the_lock_of_the_environment_is_known_again(bootstrap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp.json")
    bootstrap._write_stamp({"locks": {"run": "abc"}})
    assert bootstrap._read_stamp() == {"locks": {"run": "abc"}}
    (tmp_path / "stamp.json").write_text("half a fi")
    assert bootstrap._read_stamp() == {}
