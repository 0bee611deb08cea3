"""The locks: complete, hashed, without an index, and in step with setup.cfg and the list of licences."""

import configparser
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ROOT / "config" / "locks"


def pins(text: str) -> dict[str, str]:
    found = re.findall(r"^\s*([A-Za-z0-9_.-]+)(?:\[[a-z]+\])?==([^\s\\]+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def declared(*extras: str) -> dict[str, str]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    parts = [setup["options"]["install_requires"], *(setup["options.extras_require"][extra] for extra in extras)]
    return pins("\n".join(parts))


@pytest.mark.parametrize(("lock", "extras"), [("run", ()), ("test", ("test", "check"))])
def test_a_lock_pins_what_setup_cfg_asks_for(lock: str, extras: tuple[str, ...]):
    locked = pins((LOCKS / f"{lock}.lock").read_text())
    assert {name: locked.get(name) for name in declared(*extras)} == declared(*extras)


def test_the_test_lock_holds_everything_of_the_run_lock():
    run, test = (pins((LOCKS / f"{name}.lock").read_text()) for name in ("run", "test"))
    assert {name: test.get(name) for name in run} == run


@pytest.mark.parametrize("lock", ["run", "test", "node"])
def test_a_lock_has_a_hash_for_every_package_and_names_no_index(lock: str):
    text = (LOCKS / f"{lock}.lock").read_text()
    assert "://" not in text
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_front_end_lock_names_no_registry():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not any("resolved" in entry for entry in lock["packages"].values())
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)


def test_every_dependency_has_its_licence_in_the_list():
    listed = {name.strip().lower() for name in re.findall(r"[@\w./*-]+", (ROOT / "docs" / "licences.md").read_text())}
    python = pins((LOCKS / "test.lock").read_text())
    front_end = {name.rpartition("node_modules/")[2] for name in json.loads((ROOT / "package-lock.json").read_text())["packages"]}
    platforms = r"^(@parcel/watcher|@rolldown/binding|lightningcss)-.*"
    wanted = {*python, *(re.sub(platforms, r"\1-*", name) for name in front_end if name)}
    assert {name for name in wanted if name.lower() not in listed} == set()
