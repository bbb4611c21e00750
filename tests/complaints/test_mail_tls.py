"""The mailbox by imaps: whoever can't show a certificate of an authority that we trust gets no password."""

import shutil
import ssl
import subprocess

import pytest

from complaints import mailbox
from complaints.models import MailboxState, Ticket
from tests.complaints import mailserver

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl on PATH to make certificates with"),
]
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


def openssl(*args, cwd):
    subprocess.run(["openssl", "req", "-x509", *NEW_KEY, *args], cwd=cwd, check=True, capture_output=True)


def authority(folder, name):
    """Make an authority of our own; return the file of its certificate."""
    made = ("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    openssl(*made, "-addext", "keyUsage=critical,keyCertSign", cwd=folder)
    return folder / f"{name}.pem"


def certificate(folder, *, of, names="DNS:localhost,IP:127.0.0.1"):
    """Return the TLS settings of a server with a certificate of the authority `of`."""
    signed = ("-CA", f"{of}.pem", "-CAkey", f"{of}.key", "-addext", "basicConstraints=critical,CA:FALSE")
    made = ("-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=mail")
    openssl(*made, *signed, "-addext", f"subjectAltName={names}", cwd=folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


@pytest.fixture(scope="module")
def server():
    with mailserver.running() as running:
        yield running


@pytest.fixture
def read(server, settings, tmp_path, monkeypatch):
    """Return a function that reads the mailbox through TLS with the settings of a server; it returns the error."""
    server.clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path, "trusted")))
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.smtp.port
    server.send()

    def through(context):
        with mailserver.behind_tls(server.imap_port, context) as port:
            url = server.url.replace("imap://", "imaps://")
            settings.MAILBOX_URL = url.replace(f":{server.imap_port}/", f":{port}/")
            mailbox.read()
        return MailboxState.objects.get().error

    return through


def test_a_mailbox_whose_certificate_an_authority_of_ours_signed_is_read(read, tmp_path):
    assert read(certificate(tmp_path, of="trusted")) == ""
    assert Ticket.objects.count() == 1


def test_a_strangers_certificate_is_refused_and_said_so(read, tmp_path):
    authority(tmp_path, "stranger")
    error = read(certificate(tmp_path, of="stranger"))
    assert error.startswith("The mail server's certificate is not to be trusted: ")
    assert not Ticket.objects.exists()


def test_so_is_a_certificate_for_another_host(read, tmp_path):
    error = read(certificate(tmp_path, of="trusted", names="DNS:elsewhere.example"))
    assert "not to be trusted" in error and "127.0.0.1" in error
    assert not Ticket.objects.exists()
