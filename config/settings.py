"""The settings of the house: read once at start from the environment, typed, frozen, refused with a sentence.

Nothing else reads the environment. Every variable begins with ZHUPI_. A secret comes from its variable, from the file
that <variable>_FILE names, or from `secrets/<name>` in the data folder, in this order.
"""

import base64
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.variables import KEY_BYTES, Variables
from config.variables import SettingsError as SettingsError

DEFAULT_MAX_BODY_BYTES = 25 * 1024 * 1024
LANGUAGES = ("zh_CN", "en")
PASSWORD_PROFILES = ("strict", "source")
"""strict: 8 to 64 characters, our default; source: 6 to 20 as rule Q3 has it. The rules are in workflows/passwords."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("json", "text", "auto")
_MEASURES = "PROMETHEUS_MULTIPROC_DIR"
MIN_SECRET_LENGTH = 16


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
    handlers: tuple[str, ...] = ()
    clamd: str | None = None
    log_format: str = "auto"
    slow_statement_ms: int = 200
    mail: str | None = None
    mail_from: str = ""
    mail_password: str | None = field(default=None, repr=False)
    sms: str | None = None
    sms_token: str | None = field(default=None, repr=False)

    @property
    def measures(self) -> Path:
        """The folder in which the web processes of one start count; nothing in it outlives that start."""
        return self.data / "run" / "measures"

    @property
    def uses_sqlite(self) -> bool:
        """Tell whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite")


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raise SettingsError with a sentence for the first that is missing or wrong."""
    read = Variables(environ)
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
        handlers=read.modules("ZHUPI_HANDLERS"),
        clamd=read.socket("ZHUPI_CLAMD"),
        log_format=read.choice("ZHUPI_LOG_FORMAT", "auto", LOG_FORMATS),
        slow_statement_ms=read.number("ZHUPI_SLOW_STATEMENT_MS", 200, low=1, high=3_600_000),
        mail=read.mail_server("ZHUPI_MAIL"),
        mail_from=read.sender("ZHUPI_MAIL_FROM", needed_by="ZHUPI_MAIL"),
        mail_password=read.secret_or_none("ZHUPI_MAIL_PASSWORD", data),
        sms=read.url("ZHUPI_SMS", "", with_path=True) or None,
        sms_token=read.secret_or_none("ZHUPI_SMS_TOKEN", data),
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
    # glibc would give every thread a heap of its own, which keeps what is freed.
    return {"MALLOC_ARENA_MAX": "2", **os.environ, "ZHUPI_DATA": str(settings.data)}


def count_together(settings: Settings) -> None:
    """Let the processes that are forked from this one count into an empty folder. Before any app is made.

    The library that counts looks at its own variable, once, when it is imported.
    """
    shutil.rmtree(settings.measures, ignore_errors=True)
    settings.measures.mkdir(parents=True, mode=0o700)
    os.environ[_MEASURES] = str(settings.measures)


def counts_together() -> bool:
    """Tell whether this process counts together with others."""
    return _MEASURES in os.environ


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
