"""The settings of the house: read once at start from the environment, typed, frozen, refused with a sentence.

Nothing else reads the environment. Every variable begins with ZHUPI_. A secret comes from its variable, from the file
that <variable>_FILE names, or from `secrets/<name>` in the data folder, in this order.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_MAX_BODY_BYTES = 25 * 1024 * 1024
LANGUAGES = ("zh_CN", "en")
PASSWORD_PROFILES = ("strict", "source")
"""strict: 8 to 64 characters, our default; source: 6 to 20 as rule Q3 has it. The rules are in workflows/passwords."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
KEY_BYTES = 32
MIN_SECRET_LENGTH = 16


class SettingsError(Exception):
    """A setting is missing or wrong; `sentence` names the variable and says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ between two installations. Secrets never show in its repr."""

    data: Path
    host: str
    port: int
    database_url: str = field(repr=False)
    s3_endpoint: str | None
    s3_access_key: str
    s3_secret_key: str = field(repr=False)
    s3_bucket: str
    s3_secure: bool
    s3_region: str
    secret_key: str = field(repr=False)
    personal_key: bytes = field(repr=False)
    index_key: bytes = field(repr=False)
    public_url: str
    default_language: str
    log_level: str
    web_workers: int
    web_threads: int
    max_body_bytes: int
    password_profile: str = "strict"  # noqa: S105 - the name of a rule

    @property
    def uses_sqlite(self) -> bool:
        """Tell whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite")


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raise SettingsError with a sentence for the first that is missing or wrong."""
    read = _Reader(environ)
    data = Path(read.text("ZHUPI_DATA", "var")).expanduser().absolute()
    host = read.text("ZHUPI_HOST", "127.0.0.1")
    port = read.number("ZHUPI_PORT", 8000, low=1, high=65535)
    endpoint, secure = read.endpoint("ZHUPI_S3_ENDPOINT")
    shown_host = f"[{host}]" if ":" in host else host
    return Settings(
        data=data,
        host=host,
        port=port,
        database_url=read.database_url("ZHUPI_DATABASE_URL", data),
        s3_endpoint=endpoint,
        s3_access_key=read.secret("ZHUPI_S3_ACCESS_KEY", data),
        s3_secret_key=read.secret("ZHUPI_S3_SECRET_KEY", data),
        s3_bucket=read.bucket("ZHUPI_S3_BUCKET", "zhupi"),
        s3_secure=read.truth("ZHUPI_S3_SECURE", default=secure),
        s3_region=read.text("ZHUPI_S3_REGION", "us-east-1"),
        secret_key=read.secret("ZHUPI_SECRET_KEY", data, min_length=MIN_SECRET_LENGTH),
        personal_key=read.key("ZHUPI_PERSONAL_KEY", data),
        index_key=read.key("ZHUPI_INDEX_KEY", data),
        public_url=read.url("ZHUPI_PUBLIC_URL", f"http://{shown_host}:{port}"),
        default_language=read.choice("ZHUPI_DEFAULT_LANGUAGE", "zh_CN", LANGUAGES),
        log_level=read.choice("ZHUPI_LOG_LEVEL", "INFO", LOG_LEVELS),
        web_workers=read.number("ZHUPI_WEB_WORKERS", 2, low=1, high=64),
        web_threads=read.number("ZHUPI_WEB_THREADS", 4, low=1, high=64),
        max_body_bytes=read.number("ZHUPI_MAX_BODY_BYTES", DEFAULT_MAX_BODY_BYTES, low=1024, high=2**31),
        password_profile=read.choice("ZHUPI_PASSWORD_PROFILE", "strict", PASSWORD_PROFILES),
    )


def data_folder_here(default: str = "var") -> Path:
    """Return the data folder of this process, before anything is read from it."""
    return Path(os.environ.get("ZHUPI_DATA", "").strip() or default).expanduser().absolute()


def settings_here(default_data: str = "var", *, with_new_secrets: bool = False) -> Settings:
    """Read the settings of this process: the one place that looks at its environment.

    `with_new_secrets` makes missing secret files first; only a start may do that, never a program beside it.
    Raises SettingsError, also when the data folder cannot be written.
    """
    data = data_folder_here(default_data)
    environ = {**os.environ, "ZHUPI_DATA": str(data)}
    if with_new_secrets:
        try:
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_secrets(data)
        except OSError as error:
            msg = f"The data folder {data} cannot be used: {error.strerror}. Set ZHUPI_DATA to a folder of your own."
            raise SettingsError(msg) from None
    return load_settings(environ)


def environment_of_children(settings: Settings) -> dict[str, str]:
    """Return this process's environment for a child that shall work on the same data folder."""
    return {**os.environ, "ZHUPI_DATA": str(settings.data)}


def _new_token() -> str:
    return secrets.token_urlsafe(36)


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


SECRETS: Mapping[str, Callable[[], str]] = {
    "secret_key": _new_token,
    "personal_key": _new_key,
    "index_key": _new_key,
    "s3_access_key": lambda: secrets.token_hex(10),
    "s3_secret_key": _new_token,
}
"""File name in `secrets/` of the data folder and how a new one is made."""


def make_secrets(data: Path) -> list[Path]:
    """Make the secret files that are missing, readable by their owner only; return those that were made.

    A file that exists is never changed: a new personal key would make every personal value unreadable.
    """
    folder = data / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    made = []
    for name, new in SECRETS.items():
        path = folder / name
        draft = folder / f".{name}.{secrets.token_hex(8)}"
        if path.exists():
            continue
        # Written aside and linked: a process that dies half-way leaves no short key, and of two starts one wins.
        draft.touch(mode=0o600)
        draft.write_text(new() + "\n")
        try:
            path.hardlink_to(draft)
            made.append(path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return made


class _Reader:
    """Reads one variable after the other; every failure is a sentence that names it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        text = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
            msg = f"{name} must be a whole number from {low} to {high}, not “{text}”."
            raise SettingsError(msg)
        return int(text)

    def truth(self, name: str, *, default: bool) -> bool:
        text = self.text(name, "1" if default else "0").lower()
        if text not in ("1", "0", "true", "false", "yes", "no"):
            msg = f"{name} must be 1 or 0, not “{text}”."
            raise SettingsError(msg)
        return text in ("1", "true", "yes")

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        text = self.text(name, default)
        if text not in choices:
            msg = f"{name} must be one of {', '.join(choices)}, not “{text}”."
            raise SettingsError(msg)
        return text

    def url(self, name: str, default: str) -> str:
        text = self.text(name, default).rstrip("/")
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            msg = f"{name} must be an address such as https://zhupi.example.org, not “{text}”."
            raise SettingsError(msg)
        return text

    def endpoint(self, name: str) -> tuple[str | None, bool]:
        """Return host:port of the object store, None for the embedded one, and whether it speaks TLS."""
        text = self.text(name, "").rstrip("/")
        if not text:
            return None, False
        parts = urlsplit(text if "://" in text else f"//{text}")
        if parts.scheme not in ("", "http", "https") or not parts.hostname or parts.path:
            msg = f"{name} must be host:port or an address such as https://s3.example.org."
            raise SettingsError(msg)
        return parts.netloc, parts.scheme != "http"

    def bucket(self, name: str, default: str) -> str:
        text = self.text(name, default)
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text):
            msg = f"{name} must be a bucket name of 3 to 63 lower-case letters, digits, dots, hyphens."
            raise SettingsError(msg)
        return text

    def database_url(self, name: str, data: Path) -> str:
        text = self._from_file(name) or self.text(name, f"sqlite:///{data / 'zhupi.sqlite'}")
        if text.startswith("postgres://"):
            text = "postgresql://" + text.removeprefix("postgres://")
        if not re.match(r"(sqlite|postgresql(\+psycopg)?)://", text):
            msg = f"{name} must begin with sqlite:/// or postgresql://."
            raise SettingsError(msg)
        if re.match(r"sqlite://(/?$|/:memory:)", text):
            msg = f"{name} names no file: a database in memory is gone when the process ends."
            raise SettingsError(msg)
        return text

    def secret(self, name: str, data: Path, *, min_length: int = 1) -> str:
        given = self._from_file(name) or self.text(name, "") or _read_secret(data / "secrets" / _file_name(name), name)
        if not given:
            path = data / "secrets" / _file_name(name)
            msg = f"{name} is not set: set it or {name}_FILE, or let “zhupi up” make {path}."
            raise SettingsError(msg)
        if len(given) < min_length:
            msg = f"{name} is too short: at least {min_length} characters."
            raise SettingsError(msg)
        return given

    def key(self, name: str, data: Path) -> bytes:
        text = self.secret(name, data)
        try:
            key = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if len(key) != KEY_BYTES:
            msg = f"{name} must be {KEY_BYTES} bytes in base64 or hexadecimal."
            raise SettingsError(msg)
        return key

    def _from_file(self, name: str) -> str | None:
        path = self.text(f"{name}_FILE", "")
        if not path:
            return None
        if self.text(name, ""):
            msg = f"{name} and {name}_FILE are both set: keep one of them."
            raise SettingsError(msg)
        text = _read_secret(Path(path), f"{name}_FILE")
        if not text:
            msg = f"{name}_FILE names {path}, which does not exist or is empty."
            raise SettingsError(msg)
        return text


def _file_name(variable: str) -> str:
    return variable.removeprefix("ZHUPI_").lower()


def _read_secret(path: Path, name: str) -> str | None:
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{name}: the file {path} cannot be read ({type(error).__name__})."
        raise SettingsError(msg) from None
