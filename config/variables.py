"""Variables of the environment, read one after the other; every failure is a sentence that names the variable."""

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

KEY_BYTES = 32


class SettingsError(Exception):
    """A setting is missing or wrong; `sentence` names the variable and says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Variables:
    """The variables of one environment."""

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

    def url(self, name: str, default: str, *, with_path: bool = False) -> str:
        text = self.text(name, default)
        text = text if with_path else text.rstrip("/")
        if not text:
            return ""
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

    def socket(self, name: str) -> str | None:
        """Return host:port or the absolute path of a Unix socket; None when nothing is set."""
        text = self.text(name, "").removeprefix("unix:")
        host, _, port = text.rpartition(":")
        if text and not text.startswith("/") and not (host and re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65536):
            msg = f"{name} must be host:port or the path of a Unix socket, such as /run/clamav/clamd.ctl."
            raise SettingsError(msg)
        return text or None

    def modules(self, name: str) -> tuple[str, ...]:
        found = tuple(part.strip() for part in self.text(name, "").split(",") if part.strip())
        if wrong := [part for part in found if not all(word.isidentifier() for word in part.split("."))]:
            msg = f"{name} names Python modules, divided by commas; “{wrong[0]}” is none."
            raise SettingsError(msg)
        return found

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

    def mail_server(self, name: str) -> str | None:
        """Return smtp://, smtps:// or smtp+plain:// with a host; a password stands in a variable of its own."""
        text = self.text(name, "").rstrip("/")
        if not text:
            return None
        parts = urlsplit(text)
        if parts.scheme not in ("smtp", "smtps", "smtp+plain") or not parts.hostname or parts.path or parts.password:
            msg = f"{name} must be an address such as smtp://zhupi@mail.example.org:587, without a password."
            raise SettingsError(msg)
        return text

    def sender(self, name: str, *, needed_by: str) -> str:
        """Return the address that mails come from; whoever sends mails has to say it."""
        text = self.text(name, "")
        if (text or self.text(needed_by, "")) and not re.fullmatch(r"([^<>@]* <)?[^<>@\s]+@[^<>@\s]+>?", text):
            msg = f"{name} must be the address that mails come from, such as Zhupi <zhupi@example.org>."
            raise SettingsError(msg)
        return text

    def secret_or_none(self, name: str, data: Path) -> str | None:
        return self._from_file(name) or self.text(name, "") or _read_secret(data / "secrets" / _file_name(name), name)

    def secret(self, name: str, data: Path, *, min_length: int = 1) -> str:
        given = self.secret_or_none(name, data)
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
