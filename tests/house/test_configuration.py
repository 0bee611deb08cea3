"""The example of the settings, and the secrets that a start makes."""

import re
import stat
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from config.settings import Settings, SettingsError, load_settings, make_secrets, settings_here

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "config" / ".env.example"


def example() -> dict[str, str]:
    return dict(re.findall(r"^(ZHUPI_[A-Z0-9_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))


def test_the_example_names_every_setting(tmp_path: Path):
    read = set(re.findall(r'"(ZHUPI_[A-Z0-9_]+)"', (ROOT / "config" / "settings.py").read_text()))
    assert set(example()) == read


def test_the_example_shows_the_defaults(tmp_path: Path):
    make_secrets(tmp_path)
    data = {"ZHUPI_DATA": str(tmp_path)}
    shown, usual = load_settings({**example(), **data}), load_settings(data)
    assert {field.name: getattr(shown, field.name) for field in fields(Settings)} == {
        field.name: getattr(usual, field.name) for field in fields(Settings)
    }


def test_a_start_makes_secrets_that_only_their_owner_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZHUPI_DATA", str(tmp_path / "data"))
    settings_here(with_new_secrets=True)
    made = list((tmp_path / "data" / "secrets").iterdir())
    assert len(made) >= 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_second_start_keeps_the_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZHUPI_DATA", str(tmp_path))
    assert settings_here(with_new_secrets=True) == settings_here(with_new_secrets=True)


def test_a_program_beside_the_house_makes_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZHUPI_DATA", str(tmp_path))
    with pytest.raises(SettingsError, match="ZHUPI_S3_ACCESS_KEY"):
        settings_here()
    assert list(tmp_path.iterdir()) == []


def test_the_compose_file_sets_only_settings_that_exist():
    compose = yaml.safe_load((ROOT / "config" / "compose.yaml").read_text())
    used = {name.removesuffix("_FILE") for name in compose["services"]["web"]["environment"]}
    assert used <= set(example())
