"""Messages that leave the house: by SMTP, to an SMS provider by HTTP, or kept here when nothing is connected.

Every courier carries at least once: whoever dies between the provider's answer and the note of it sends again, under the
same id, which the provider may know.
"""

import http.client
import json
import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from config.settings import Settings

SECONDS: Final = 15
MOST_REFERENCE: Final = 100


class MessageRefused(Exception):
    """The provider does not take this message, however often it is sent: a wrong number, an unknown mailbox."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ProviderAway(Exception):
    """The provider cannot be reached, does not let us in, or asks to come later."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Outgoing:
    """One message. The same `id` is the same message, however often it is sent. An SMS has no subject."""

    id: UUID
    address: str
    subject: str
    text: str


class Courier(Protocol):
    """Carries messages of one channel."""

    leaves: bool
    """False for one that only keeps."""

    def send(self, message: Outgoing) -> str:
        """Carry a message; return the provider's name of it. Raises MessageRefused, ProviderAway."""


class KeptHere:
    """Nothing is connected: messages are not carried, but administrators read them in the house."""

    leaves = False

    def send(self, message: Outgoing) -> str:
        """Keep it: its row says all that it says."""
        if not message.address.strip():
            raise MessageRefused(code="address")
        return f"kept-{message.id}"


class SmtpCourier:
    """Mail by SMTP, with STARTTLS unless the setting says otherwise."""

    leaves = True

    def __init__(self, url: str, sender: str, password: str | None = None) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._plain = parts.scheme == "smtp+plain"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._tls else 587)
        self._user = parts.username
        self._password = password
        self._sender = sender

    def send(self, message: Outgoing) -> str:
        """Hand a mail to the server; the reference is its Message-ID."""
        letter = self._letter(message)
        try:
            with self._connect() as server:
                if self._user:
                    server.login(self._user, self._password or "")
                server.send_message(letter)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            if all(code >= 500 for code in codes):
                raise MessageRefused(code="address") from None
            raise ProviderAway(code=f"smtp_{codes[0]}") from None
        except smtplib.SMTPDataError as refused:
            if refused.smtp_code >= 500:
                raise MessageRefused(code=f"smtp_{refused.smtp_code}") from None
            raise ProviderAway(code=f"smtp_{refused.smtp_code}") from None
        except smtplib.SMTPAuthenticationError:
            raise ProviderAway(code="smtp_login") from None
        except smtplib.SMTPNotSupportedError:
            raise ProviderAway(code="smtp_no_tls") from None
        except smtplib.SMTPResponseException as trouble:
            raise ProviderAway(code=f"smtp_{trouble.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as trouble:
            raise ProviderAway(code=_code_of(trouble)) from None
        return str(letter["Message-ID"])[:MOST_REFERENCE]

    def _letter(self, message: Outgoing) -> EmailMessage:
        name, sender = parseaddr(self._sender)
        letter = EmailMessage()
        try:
            letter["From"] = Address(name, addr_spec=sender)
            letter["To"] = Address(addr_spec=message.address)
        except (ValueError, IndexError):
            raise MessageRefused(code="address") from None
        except Exception as wrong:  # the parser of addresses raises errors of its own
            raise MessageRefused(code="address") from wrong
        letter["Subject"] = " ".join(message.subject.split())
        letter["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2] or 'zhupi'}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        return letter

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=SECONDS, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=SECONDS)
        if not self._plain:
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server


class HttpSmsCourier:
    """SMS by the smallest provider there can be: POST {"id", "to", "text"} as JSON, answered by 2xx with {"id"}.

    `Authorization: Bearer <token>` where there is one, and `Idempotency-Key` with the message's id. 400 and 422 refuse
    the message; everything else is tried again.
    """

    leaves = True

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url = urlsplit(url)
        self._token = token

    def send(self, message: Outgoing) -> str:
        """Hand an SMS to the provider; the reference is the id that it answers."""
        body = json.dumps({"id": str(message.id), "to": message.address, "text": message.text}, ensure_ascii=False)
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": str(message.id)}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        connection = self._connection()
        try:
            connection.request("POST", path, body.encode(), headers)
            answer = connection.getresponse()
            said = answer.read(4096)
        except (OSError, http.client.HTTPException) as trouble:
            raise ProviderAway(code=_code_of(trouble)) from None
        finally:
            connection.close()
        if answer.status in (400, 422):
            raise MessageRefused(code="address")
        if not 200 <= answer.status < 300:
            raise ProviderAway(code=f"http_{answer.status}")
        return _reference(said) or str(message.id)

    def _connection(self) -> http.client.HTTPConnection:
        host = self._url.hostname or "localhost"
        if self._url.scheme == "https":
            return http.client.HTTPSConnection(
                host, self._url.port, timeout=SECONDS, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(host, self._url.port, timeout=SECONDS)


def couriers_of(settings: Settings) -> dict[str, Courier]:
    """Return who carries mail and SMS in this house: by setting, else they are kept."""
    mail: Courier = KeptHere()
    if settings.mail is not None:
        mail = SmtpCourier(settings.mail, settings.mail_from, settings.mail_password)
    sms: Courier = HttpSmsCourier(settings.sms, settings.sms_token) if settings.sms else KeptHere()
    return {"mail": mail, "sms": sms}


def _code_of(trouble: Exception) -> str:
    """Return what went wrong without a word of the message."""
    if isinstance(trouble, ssl.SSLError):
        return "tls"
    if isinstance(trouble, socket.gaierror):
        return "no_such_host"
    return "no_answer" if isinstance(trouble, TimeoutError) else "not_reached"


def _reference(said: bytes) -> str:
    try:
        found = json.loads(said)
    except ValueError:
        return ""
    return str(found.get("id", ""))[:MOST_REFERENCE] if isinstance(found, dict) else ""
