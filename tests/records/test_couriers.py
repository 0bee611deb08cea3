"""Messages that leave: the same contract for mail by SMTP, SMS by HTTP and what is only kept here."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from storage.messages import (
    Courier,
    HttpSmsCourier,
    KeptHere,
    MessageRefused,
    Outgoing,
    ProviderAway,
    SmtpCourier,
)

PASSWORD = "a password of the mail server"
ID = UUID("00000000-0000-4000-8000-0000000000aa")


@dataclass
class Provider:
    """A provider with what has arrived at it, as (address, text); `trouble` is what it answers instead of taking."""

    courier: Courier
    good: str
    bad: str
    arrived: list[tuple[str, str]] = field(default_factory=list)
    trouble: int | None = None
    stop: Callable[[], None] = lambda: None


class Mailbox:
    """What a mail server does with a mail."""

    def __init__(self) -> None:
        self.provider: Provider | None = None
        self.letters: list[Any] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - its name there
        if self.provider and address == self.provider.bad:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        from email import message_from_bytes, policy

        assert self.provider is not None
        if self.provider.trouble:
            return f"{self.provider.trouble} not now"
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append(letter)
        self.provider.arrived.append((envelope.rcpt_tos[0], letter.get_content().strip()))
        return "250 OK"


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost that signs itself."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return public, private


def free_port() -> int:
    """Return a port that nobody listens at; the mail server cannot choose one by itself."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def mail_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """Start a mail server that takes mail over STARTTLS from who signs in."""
    public, private = certificate(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"zhupi", PASSWORD.encode()))

    mailbox = Mailbox()
    server = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True, authenticator=check,
        auth_required=True,
    )  # fmt: skip
    server.start()
    courier = SmtpCourier(f"smtp://zhupi@127.0.0.1:{server.port}", "朱批 <zhupi@example.org>", PASSWORD)
    mailbox.provider = Provider(courier, "shen@example.com", "nobody@example.com", stop=server.stop)
    return mailbox.provider


def sms_server() -> Provider:
    """Start a provider of SMS that knows our token."""
    provider = Provider(KeptHere(), "13900000731", "00")

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = provider.trouble or (400 if body["to"] == provider.bad else 200)
            if self.headers["Authorization"] != "Bearer a token":
                status = 401
            if status == 200:
                provider.arrived.append((body["to"], body["text"]))
            said = json.dumps({"id": f"sms-{body['id']}"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever)
    thread.start()

    def stop() -> None:
        server.shutdown()
        thread.join()
        server.server_close()

    provider.courier = HttpSmsCourier(f"http://127.0.0.1:{server.server_port}/send", "a token")
    provider.stop = stop
    return provider


@pytest.fixture(params=["mail", "sms", "kept"])
def provider(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    if request.param == "kept":
        yield Provider(KeptHere(), "shen@example.com", " ")
        return
    made = mail_server(tmp_path, monkeypatch) if request.param == "mail" else sms_server()
    yield made
    made.stop()


def message(address: str, text: str = "申请 ZS-2026-000001 已通过资质审核。") -> Outgoing:
    return Outgoing(ID, address, "审核通过，\n请缴费", text)


def test_a_message_is_taken_and_named(provider: Provider) -> None:
    reference = provider.courier.send(message(provider.good))
    assert str(ID) in reference
    assert len(reference) <= 100
    if provider.courier.leaves:
        assert provider.arrived == [(provider.good, message("").text)]


def test_an_address_that_is_none_is_refused_for_good(provider: Provider) -> None:
    with pytest.raises(MessageRefused) as refused:
        provider.courier.send(message(provider.bad))
    assert refused.value.code == "address"
    assert provider.arrived == []


def test_the_same_message_twice_has_the_same_name(provider: Provider) -> None:
    assert provider.courier.send(message(provider.good)) == provider.courier.send(message(provider.good))


@pytest.mark.parametrize("provider", ["mail", "sms"], indirect=True)
def test_a_provider_in_trouble_is_asked_again_later(provider: Provider) -> None:
    provider.trouble = 451
    with pytest.raises(ProviderAway):
        provider.courier.send(message(provider.good))
    provider.trouble = None
    provider.courier.send(message(provider.good))
    assert len(provider.arrived) == 1


@pytest.mark.parametrize("provider", ["mail", "sms"], indirect=True)
def test_a_provider_that_is_gone_is_away_and_says_nothing_of_the_message(provider: Provider) -> None:
    provider.stop()
    provider.stop = lambda: None
    with pytest.raises(ProviderAway) as away:
        provider.courier.send(message(provider.good))
    assert away.value.code in ("not_reached", "no_answer")
    assert provider.good not in str(away.value)


def test_a_mail_says_who_sends_it_and_that_a_machine_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = mail_server(tmp_path, monkeypatch)
    try:
        assert isinstance(provider.courier, SmtpCourier)
        provider.courier.send(message(provider.good))
        letter = provider.courier._letter(message(provider.good))
        assert letter["Subject"] == "审核通过， 请缴费"
        assert letter["From"] == "朱批 <zhupi@example.org>"
        assert letter["Auto-Submitted"] == "auto-generated"
    finally:
        provider.stop()


def test_a_password_never_goes_over_an_open_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate of the server is not one that we trust: then nothing is said to it."""
    provider = mail_server(tmp_path, monkeypatch)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nothing.pem"))
    try:
        with pytest.raises(ProviderAway) as away:
            provider.courier.send(message(provider.good))
        assert away.value.code == "tls"
    finally:
        provider.stop()
