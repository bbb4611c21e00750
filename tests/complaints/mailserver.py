"""A mail server of the tests: SMTP in (aiosmtpd), the mailbox by IMAP (pymap), what goes to other people is kept."""

import asyncio
import smtplib
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from urllib.parse import quote

from aiosmtpd.controller import Controller
from imap_tools import MailBoxUnencrypted

PATIENCE = 20  # seconds
BOX, PASSWORD = "post@evergreen.example", "s3:c/r@t 密"


class MailServer:
    """What is sent to BOX lies in its IMAP folder; everybody else's mails are in `got`, by address."""

    def __init__(self, imap_port):
        self.imap_port = imap_port
        self.got, self.refused, self.is_busy = {}, set(), False
        self.smtp = Controller(self, hostname="127.0.0.1", port=free_port())

    @property
    def url(self):
        return f"imap://{quote(BOX)}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.imap_port}/INBOX"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.is_busy:
            return "451 try again later"
        for address in envelope.rcpt_tos:
            if address == BOX:
                self.put(envelope.content)
            else:
                mail = message_from_bytes(envelope.content, policy=policy.default)
                self.got.setdefault(address, []).append(mail)
        return "250 OK"

    @contextmanager
    def folder(self):
        with MailBoxUnencrypted("127.0.0.1", self.imap_port, timeout=PATIENCE) as box:
            yield box.login_utf8(BOX, PASSWORD)

    def put(self, raw: bytes):
        with self.folder() as box:
            box.append(raw, "INBOX")

    def flags(self):
        with self.folder() as box:
            return [set(mail.flags) & {"\\Seen", "\\Flagged"} for mail in box.fetch(mark_seen=False)]

    def unsee(self):
        """Mark everything as unread again, as if a worker had been killed before it could."""
        with self.folder() as box:
            for uid in box.uids():
                box.client.uid("STORE", uid, "-FLAGS", r"(\Seen)")

    def clear(self):
        self.got, self.refused, self.is_busy = {}, set(), False
        with self.folder() as box:
            box.delete(box.uids())

    def send(
        self, text="上一批货少了两箱。", *, sender="zhang@example.cn", subject="少了两箱", html="", files=(), **headers
    ):
        """Send a mail to the company, as a customer's mail program does; return its Message-ID."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"张老板 <{sender}>" if sender else "", BOX, subject
        mail["Message-ID"] = headers.pop("message_id", None) or make_msgid(domain="example.cn")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
        for name, kind, content in files:
            mail.add_attachment(content, *kind.split("/"), filename=name)
        with smtplib.SMTP("127.0.0.1", self.smtp.port, timeout=PATIENCE) as smtp:
            smtp.send_message(mail, sender or "x@example.cn", [BOX])
        return mail["Message-ID"]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running():
    port = free_port()
    program = "import sys; from pymap.main import main; sys.exit(main())"
    options = ["--host", "127.0.0.1", "--port", str(port), "dict", "--demo-user", BOX, "--demo-password", PASSWORD]
    imap = subprocess.Popen([sys.executable, "-c", program, *options], stderr=subprocess.DEVNULL)
    server = MailServer(port)
    try:
        _wait_for(port)
        server.smtp.start()
        yield server
    finally:
        if server.smtp.loop.is_running():
            server.smtp.stop()
        imap.terminate()
        imap.wait(PATIENCE)


@contextmanager
def behind_tls(port, context):
    """Yield the port of a door to `port` that speaks TLS from the first byte, as imaps does; pymap has none."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def pump(reader, writer):
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def meet(reader, writer):
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    door = asyncio.run_coroutine_threadsafe(asyncio.start_server(meet, "127.0.0.1", 0, ssl=context), loop)
    try:
        yield door.result(PATIENCE).sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)


def _wait_for(port):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the IMAP server did not start")
