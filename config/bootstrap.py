"""Make a checkout ready to run: environment, dependencies, front end.

Runs before anything is installed, so it uses the standard library only, and its syntax is one that an old
Python can still read: whoever has only Python 3.8 shall get a sentence and no SyntaxError. Started by the
Makefile with `-I`, so that no file of this folder can shadow a module of the standard library.

Every step leaves a stamp with the hash of what it was made from; a step whose stamp still fits does nothing
and needs no network.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "config" / "locks"
STAMP = VENV / "zhupi-stamp.json"
BUILD = ROOT / "service" / "static" / "build"
FONTS = ROOT / "service" / "papers" / "fonts"
SCRATCH = ROOT / ".make"

OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
SYSTEM_PACKAGES = ("chromium", "fonts-noto-cjk")


class CannotRun(Exception):
    """Something on this machine is in the way; the message is a sentence that says what to do."""


def say(text: str) -> None:
    """Print one line of progress at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# Python ------------------------------------------------------------------------------------------------------


def complaint_about(version: "tuple[int, ...]", has_ensurepip: bool) -> "str | None":
    """Say what is wrong with a Python, or None when it can make the environment."""
    number = f"{version[0]}.{version[1]}"
    if version[:2] < OLDEST:
        return (
            f"Zhupi needs Python 3.11 or newer; this is Python {number}. Install a newer one "
            "(Debian, Ubuntu: apt install python3 python3-venv), or name one: make run PYTHON=python3.12"
        )
    if not has_ensurepip:
        return (
            f"This Python {number} lacks ensurepip, so it cannot make a virtual environment. "
            f"Install it (Debian, Ubuntu: apt install python{number}-venv), or name another Python: "
            "make run PYTHON=/path/to/python3"
        )
    return None


def usable_python() -> str:
    """Find the Python that makes the environment: this one, else a newer one on the PATH.

    Raises CannotRun with what is wrong with this one.
    """
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    complaint = complaint_about(sys.version_info[:3], has_ensurepip)
    if complaint is None:
        return sys.executable
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        if found and _answers(found, "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"):
            say(f"Using {found}, because {sys.executable} cannot be used.")
            return found
    raise CannotRun(complaint)


def _answers(python: "str | Path", code: str) -> bool:
    try:
        command = [str(python), "-I", "-c", code]
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


# Environment and dependencies --------------------------------------------------------------------------------


def environment() -> None:
    """Make `.venv` where there is none that works here; one that was moved or lost its Python is made again."""
    stamp = _read_stamp()
    moved = bool(stamp) and stamp.get("root") != str(ROOT)
    if not moved and _answers(VENV_PYTHON, "import pip, sys; sys.exit(sys.version_info < (3, 11))"):
        return
    python = usable_python()
    say("Making the environment .venv …")
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run([python, "-I", "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        message = f"The environment .venv could not be made: {said}"
        raise CannotRun(message)


def dependencies(name: str) -> None:
    """Install a lock (`run`, `test` or `node`) and Zhupi itself, unless the stamp says that it is done.

    The test lock holds everything of the run lock, so it stands for both.
    """
    lock = LOCKS / (name + ".lock")
    wanted = _sha256([lock])
    project = _sha256([ROOT / "setup.cfg", ROOT / "pyproject.toml"])
    stamp = _read_stamp()
    installed = stamp.get("locks", {})
    run_stands = name == "run" and installed.get("test") == _sha256([LOCKS / "test.lock"])
    if installed.get(name) != wanted and not run_stands:
        _pip_install(lock)
        stamp.setdefault("locks", {})[name] = wanted
    if stamp.get("project") != project:
        say("Installing Zhupi itself …")
        _pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        stamp["project"] = project
    stamp["root"] = str(ROOT)
    _write_stamp(stamp)


def _pip_install(lock: Path) -> None:
    total = len(re.findall(r"^[A-Za-z0-9].*==", lock.read_text(), re.MULTILINE))
    say(f"Installing {total} packages of config/locks/{lock.name}; the first time this takes a minute or two …")
    started = time.monotonic()
    _pip("install", "--require-hashes", "--no-deps", "--requirement", str(lock), total=total)
    say(f"Installed in {time.monotonic() - started:.0f} s.")


def _pip(*arguments: str, total: int = 0) -> None:
    """Run pip, show one line per package, keep all that it says in `.make/pip.log`."""
    command = [str(VENV_PYTHON), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    log = SCRATCH / "pip.log"
    seen = 0
    with log.open("a") as kept, _child(command) as pip:
        for line in pip.stdout or ():
            kept.write(line)
            found = re.match(r"(?:Collecting|Processing|Requirement already satisfied:) ([^\s(]+)", line)
            if found and total:
                seen += 1
                if sys.stdout.isatty() or seen % 10 == 0 or seen == total:
                    say(f"  {seen:3d}/{total} {Path(found.group(1)).name}")
    if pip.returncode:
        tail = "".join(log.read_text().splitlines(keepends=True)[-15:])
        message = f"{tail}pip stopped here (all of it: .make/pip.log). Is there a network? Start again to go on."
        raise CannotRun(message)


def _read_stamp() -> dict:  # type: ignore[type-arg]
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(stamp: dict) -> None:  # type: ignore[type-arg]
    text = json.dumps(stamp, indent=1, sort_keys=True)
    if not STAMP.exists() or STAMP.read_text() != text:
        STAMP.write_text(text)


# Front end --------------------------------------------------------------------------------------------------


def front_end() -> None:
    """Build `service/ui` into `service/static/build` when its sources changed since the last build."""
    named = [ROOT / name for name in ("package.json", "package-lock.json", "vite.config.js", ".npmrc")]
    sources = [path for path in named if path.is_file()]
    if ROOT / "package-lock.json" not in sources:
        return
    sources += sorted(path for path in (ROOT / "service" / "ui").rglob("*") if path.is_file())
    wanted = _sha256(sources)
    stamp = BUILD / ".stamp"
    if stamp.is_file() and stamp.read_text() == wanted and FONTS.is_dir():
        return
    node_packages()
    say("Building the front end …")
    _npm("run", "build")
    BUILD.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)


def node_packages() -> None:
    """Install the packages of package-lock.json, unless they are there already."""
    lock = ROOT / "package-lock.json"
    stamp = ROOT / "node_modules" / ".zhupi-stamp"
    wanted = _sha256([lock])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    count = len(json.loads(lock.read_text()).get("packages", {})) - 1
    say(f"Installing {count} packages of package-lock.json …")
    _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)


def node_fits(version: str) -> bool:
    """Tell whether a Node can run the build: ^20.19 or 22.12 and newer.

    >>> [node_fits(text) for text in ("v20.18.1", "v20.19.0", "v21.7.0", "v22.11.0", "v22.12.0", "v24.0.0")]
    [False, True, False, False, True, True]
    """
    found = re.match(r"v?(\d+)\.(\d+)", version)
    if not found:
        return False
    major, minor = int(found.group(1)), int(found.group(2))
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def _node_folder() -> Path:
    """Find the folder of a Node that fits; fetch one into `.venv` when the machine has none."""
    for folder in (VENV / "bin", *(Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep))):
        if not (os.access(folder / "node", os.X_OK) and os.access(folder / "npm", os.X_OK)):
            continue
        with contextlib.suppress(OSError):
            asked = subprocess.run([str(folder / "node"), "--version"], capture_output=True, text=True, check=False)
            if node_fits(asked.stdout):
                return folder
    say("This machine has no Node ^20.19 or 22.12 and newer: installing one into .venv …")
    dependencies("node")
    return VENV / "bin"


def _npm(*arguments: str) -> None:
    folder = _node_folder()
    path = os.pathsep.join([str(folder), os.environ.get("PATH", "")])
    with _child([str(folder / "npm"), *arguments], PATH=path) as npm:
        said = list(npm.stdout or ())
    if npm.returncode:
        tail = "".join(said[-20:])
        message = f"{tail}npm {arguments[0]} stopped here. Is there a network? Start again to go on."
        raise CannotRun(message)


# System packages of the browser tests ------------------------------------------------------------------------


def browser() -> None:
    """Install Chromium and Chinese fonts where root or `sudo -n` may; else print the line to type."""
    missing = [name for name in SYSTEM_PACKAGES if not _has_system_package(name)]
    if not missing or os.environ.get("ZHUPI_NO_BROWSER") == "1":
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    line = f"sudo apt-get install -y {' '.join(missing)}"
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (prefix and not _sudo_works()):
        say(f"The browser tests need {' and '.join(missing)} and will fail without (ZHUPI_NO_BROWSER=1 leaves them out):")
        say(f"  {line}")
        return
    say(f"Installing {' and '.join(missing)} for the browser tests …")
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    for step in (["apt-get", "update", "-q"], command):
        with _child([*quiet, *step]) as apt:
            said = list(apt.stdout or ())
        if apt.returncode:
            say("".join(said[-5:]) + f"That failed; the browser tests will fail until this works:\n  {line}")
            return


def _has_system_package(name: str) -> bool:
    if name == "chromium":
        return shutil.which("chromium") is not None
    fonts = Path("/usr/share/fonts")
    return any(fonts.rglob("NotoSansCJK*")) if fonts.is_dir() else False


def _sudo_works() -> bool:
    if not shutil.which("sudo"):
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


# Small things ------------------------------------------------------------------------------------------------


def _child(command: "list[str]", **changed: str) -> "subprocess.Popen[str]":
    """Start a program whose output can be read line by line; it gets a home it may write to."""
    env = {**os.environ, **changed}
    home = Path(env.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK):
        own = SCRATCH / "home"
        own.mkdir(parents=True, exist_ok=True)
        env["HOME"] = str(own)
    return subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _sha256(paths: "list[Path]") -> str:
    """Hash names and contents of files that belong together."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def main(goal: str) -> int:
    """Make ready for `run`, `test` or `check`; 0 when ready, 2 when this machine cannot."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    SCRATCH.mkdir(exist_ok=True)
    (SCRATCH / "pip.log").unlink(missing_ok=True)
    with (SCRATCH / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Waiting for another make in this checkout …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            environment()
            dependencies("run" if goal == "run" else "test")
            front_end()
            if goal == "check":
                node_packages()
            if goal == "test":
                browser()
        except CannotRun as reason:
            say(str(reason))
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
    except KeyboardInterrupt:
        sys.exit(130)
