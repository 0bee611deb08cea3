"""Settings: typed, frozen, and refused at the start with a sentence that names the variable."""

import dataclasses
import stat

import pytest

from config.settings import SettingsError, load_settings, make_secrets

SECRETS = {
    "ZHUPI_SECRET_KEY": "long enough to be taken",
    "ZHUPI_PERSONAL_KEY": "ab" * 32,
    "ZHUPI_INDEX_KEY": "cd" * 32,
    "ZHUPI_S3_ACCESS_KEY": "access",
    "ZHUPI_S3_SECRET_KEY": "secret",
}


def test_the_defaults_keep_everything_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings(SECRETS)
    assert settings.data == tmp_path / "var"
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.database_url == f"sqlite:///{tmp_path}/var/zhupi.sqlite"
    assert settings.s3_endpoint is None
    assert settings.default_language == "zh_CN"
    assert settings.max_body_bytes == 25 * 1024 * 1024


def test_they_cannot_be_changed_and_do_not_show_secrets(tmp_path):
    settings = load_settings(SECRETS)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1
    shown = repr(settings)
    for secret in ("long enough", "secret_key", "\\xab", "personal_key", "database_url"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZHUPI_PORT", "eighty"), ("ZHUPI_PORT", "0"), ("ZHUPI_PORT", "70000"), ("ZHUPI_DATABASE_URL", "mysql://x/y"),
        ("ZHUPI_DATABASE_URL", "sqlite://"), ("ZHUPI_DATABASE_URL", "sqlite:///:memory:"),
        ("ZHUPI_PERSONAL_KEY", "tiny"), ("ZHUPI_INDEX_KEY", "zz" * 32), ("ZHUPI_SECRET_KEY", "tiny"),
        ("ZHUPI_PUBLIC_URL", "zhupi.example.org"), ("ZHUPI_DEFAULT_LANGUAGE", "fr"), ("ZHUPI_LOG_LEVEL", "LOUD"),
        ("ZHUPI_WEB_WORKERS", "-1"), ("ZHUPI_S3_BUCKET", "A Bucket"), ("ZHUPI_S3_SECURE", "perhaps"),
        ("ZHUPI_S3_ENDPOINT", "http://store/with/path"), ("ZHUPI_MAX_BODY_BYTES", "25MiB"),
        ("ZHUPI_CLAMD", "scanner"), ("ZHUPI_CLAMD", "scanner:"), ("ZHUPI_CLAMD", "scanner:70000"), ("ZHUPI_CLAMD", ":3310"),
        ("ZHUPI_SECRET_KEY_FILE", "/no/such/file"), ("ZHUPI_PERSONAL_KEY", "AAAA"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_a_sentence_that_names_it(tmp_path, name, value):
    environment = {**SECRETS, "ZHUPI_DATA": str(tmp_path), name: value}
    environment.pop(name.removesuffix("_FILE"), None) if name.endswith("_FILE") else None
    with pytest.raises(SettingsError) as refused:
        load_settings(environment)
    assert refused.value.sentence.startswith(name)
    assert refused.value.sentence.endswith(".")
    if "KEY" in name:
        assert value not in refused.value.sentence or name.endswith("_FILE")


@pytest.mark.parametrize("name", SECRETS)
def test_there_is_no_default_secret(tmp_path, name):
    environment = {**SECRETS, "ZHUPI_DATA": str(tmp_path)}
    del environment[name]
    with pytest.raises(SettingsError, match=f"^{name} is not set"):
        load_settings(environment)


def test_a_secret_may_come_from_a_file_but_not_from_two_places(tmp_path):
    file = tmp_path / "secret"
    file.write_text("from a file, long enough\n")
    environment = {**SECRETS, "ZHUPI_DATA": str(tmp_path), "ZHUPI_SECRET_KEY_FILE": str(file)}
    with pytest.raises(SettingsError, match="both set"):
        load_settings(environment)
    del environment["ZHUPI_SECRET_KEY"]
    assert load_settings(environment).secret_key == "from a file, long enough"


def test_the_database_url_may_come_from_a_file(tmp_path):
    file = tmp_path / "url"
    file.write_text("postgres://zhupi:word@db/zhupi\n")
    settings = load_settings({**SECRETS, "ZHUPI_DATABASE_URL_FILE": str(file)})
    assert settings.database_url == "postgresql://zhupi:word@db/zhupi"
    assert not settings.uses_sqlite


@pytest.mark.parametrize(
    ("given", "endpoint", "secure"),
    [("https://s3.example.org", "s3.example.org", True), ("http://10.0.0.1:9000/", "10.0.0.1:9000", False),
     ("s3.example.org:443", "s3.example.org:443", True)],
)  # fmt: skip
def test_any_s3_end_point_is_taken(given, endpoint, secure):
    settings = load_settings({**SECRETS, "ZHUPI_S3_ENDPOINT": given})
    assert (settings.s3_endpoint, settings.s3_secure) == (endpoint, secure)


def test_new_secrets_are_for_their_owner_only_and_stay_as_they_are(tmp_path):
    made = make_secrets(tmp_path)
    assert {path.name for path in made} == {"secret_key", "personal_key", "index_key", "s3_access_key", "s3_secret_key"}
    for path in made:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == {path.name for path in made}
    before = {path: path.read_text() for path in made}
    assert make_secrets(tmp_path) == []
    assert {path: path.read_text() for path in made} == before
    settings = load_settings({"ZHUPI_DATA": str(tmp_path)})
    assert len({settings.personal_key, settings.index_key}) == 2
    assert len(settings.personal_key) == 32


def test_a_lost_secret_alone_is_made_again(tmp_path):
    make_secrets(tmp_path)
    kept = (tmp_path / "secrets" / "personal_key").read_text()
    (tmp_path / "secrets" / "secret_key").unlink()
    assert [path.name for path in make_secrets(tmp_path)] == ["secret_key"]
    assert (tmp_path / "secrets" / "personal_key").read_text() == kept


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", None), ("127.0.0.1:3310", "127.0.0.1:3310"), ("[::1]:3310", "[::1]:3310"),
        ("/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"), ("unix:/run/clamd.ctl", "/run/clamd.ctl"),
    ],
)  # fmt: skip
def test_a_virus_scanner_is_named_by_address_or_socket(text, address):
    assert load_settings({**SECRETS, "ZHUPI_CLAMD": text}).clamd == address
