"""What a mail says: who wrote it, to which of our words, what is new in it; decoded leniently, kept within limits."""

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header
from email.message import Message as Mime
from html.parser import HTMLParser

from imap_tools import MailMessage

from complaints.models import File
from visits import attachments

LONGEST_ID, LONGEST_TEXT, MOST_FILES, MOST_REFERENCES = 250, 20_000, 10, 50
# No more of a part is looked at, quoted mails included.
LONGEST_PART = 256 * 1024
# Pictures within the text that are smaller are logos and lines of signatures.
LEAST_INLINE = 8 * 1024
IDS = re.compile(r"<[^<>\s]{3,}>")
# What mail programs in China call these is more than what those charsets hold.
CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030"}
AUTOMATIC_HEADERS = ("x-autoreply", "x-autorespond", "list-id", "list-unsubscribe", "x-loop")
AUTOMATIC_PRECEDENCE = {"bulk", "junk", "list", "auto_reply"}
ROBOTS = re.compile(r"^(mailer-daemon|postmaster|bounces?)([+@-]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Letter:
    """`left` names the attachments that are not kept; `failed` is the id of a mail of ours that did not arrive."""

    mail_id: str
    sender: str
    name: str
    subject: str
    text: str
    references: list[str]
    is_automatic: bool
    failed: str
    files: list[File]
    left: list[str]


def read(raw: bytes, *, is_whole: bool = True) -> Letter:
    """Return what the mail says; of one that was fetched in part no attachments are kept."""
    mail = MailMessage.from_bytes(raw)
    sender = mail.from_values
    files, left = _attachments(mail) if is_whole else ([], [])
    return Letter(
        mail_id=id_of(raw),
        sender=(sender.email if sender else "").strip().lower(),
        name=_line(sender.name if sender else ""),
        subject=_line(_decoded(mail.obj.get("Subject"))),
        text=new_words(_text(mail.obj))[:LONGEST_TEXT],
        references=_ids(mail.obj, "In-Reply-To", "References"),
        is_automatic=_is_automatic(mail.obj, sender.email if sender else ""),
        failed=_failed(mail.obj),
        files=files,
        left=left,
    )


def id_of(raw: bytes) -> str:
    """Return by what a mail is known: its Message-ID, or its digest when that is missing or of no use."""
    head = message_from_bytes(raw.partition(b"\r\n\r\n")[0])
    found = IDS.search(str(head.get("Message-ID", "")))
    known = found[0] if found else ""
    if known and len(known) <= LONGEST_ID:
        return known
    return "sha256:" + hashlib.sha256(known.encode(errors="replace") or raw).hexdigest()


def _ids(message, *names):
    found = [text for name in names for value in message.get_all(name, []) for text in IDS.findall(str(value))]
    return found[:MOST_REFERENCES] if len(found) <= MOST_REFERENCES else found[:2] + found[2 - MOST_REFERENCES :]


def _line(text):
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


# Who wrote it: no person, if it says so itself (RFC 3834) or is a bounce or a mailing


def _is_automatic(message, sender):
    said = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    return (
        said != "no"
        or precedence in AUTOMATIC_PRECEDENCE
        or any(message.get(name) for name in AUTOMATIC_HEADERS)
        or message.get_content_type() == "multipart/report"
        or str(message.get("Return-Path", "x")).strip() == "<>"
        or bool(ROBOTS.match(sender))
    )


def _failed(message: Mime) -> str:
    """Return the Message-ID of the mail that a bounce gives back as not to be delivered (RFC 3464); else nothing."""
    if message.get_content_type() != "multipart/report":
        return ""
    parts = list(message.walk())
    states = [str(part.get("Action", "")).strip().lower() for part in parts]
    if "failed" not in states:
        return ""
    texts = [part.get_payload() for part in parts if part.get_content_type() == "text/rfc822-headers"]
    heads = [message_from_bytes(text.encode(errors="replace")) for text in texts if isinstance(text, str)]
    found = [_ids(part, "Message-ID") for part in [*parts[1:], *heads]]
    return next((ids[0] for ids in found if ids), "")


# Its text


def _decoded(value) -> str:
    pieces = decode_header(value) if value else []
    return "".join(_as_text(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces)


def _as_text(content: bytes, charset: str | None) -> str:
    charset = CHARSETS.get((charset or "utf-8").lower(), charset or "utf-8")
    for name in (charset, "utf-8", "gb18030"):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8", "replace")


def _text(message) -> str:
    """Return the plain text; where there is none, that of the page."""
    found = {"text/plain": [], "text/html": []}
    for part in message.walk():
        if part.get_content_type() in found and not part.get_filename():
            content = (part.get_payload(decode=True) or b"")[:LONGEST_PART]
            found[part.get_content_type()].append(_as_text(content, part.get_content_charset()))
    plain = "\n".join(found["text/plain"])
    text = plain if plain.strip() else "\n".join(map(text_of_page, found["text/html"]))
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


class _Page(HTMLParser):
    """Collects the words of a page; quoted blocks begin with >, as they do in plain text."""

    SILENT = frozenset({"script", "style", "head", "title", "template"})
    BREAKS = frozenset({"p", "br", "div", "tr", "li", "h1", "h2", "h3", "blockquote", "hr", "pre"})

    def __init__(self):
        super().__init__()
        self.words, self.silent, self.quoted = [], 0, 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in self.SILENT
        self.quoted += tag == "blockquote"
        if tag in self.BREAKS:
            self.words.append("\n" + "> " * min(self.quoted, 3))

    def handle_endtag(self, tag):
        self.silent -= tag in self.SILENT and self.silent > 0
        self.quoted -= tag == "blockquote" and self.quoted > 0
        if tag in self.BREAKS:
            self.words.append("\n" + "> " * min(self.quoted, 3))

    def handle_data(self, data):
        if not self.silent:
            self.words.append(re.sub(r"\s+", " ", data))


def text_of_page(page: str) -> str:
    """Return what people read of an HTML page, with nothing of its code."""
    reader = _Page()
    reader.feed(page)
    reader.close()
    lines = [line.strip() for line in "".join(reader.words).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# How mail programs introduce what they quote
QUOTE = re.compile(
    r"^[\s>]*(-{2,}\s?(original message|forwarded message|original|原始邮件|原始郵件|转发邮件|轉寄郵件)\b.{0,80}"
    r"|_{10,}|on .{5,200} wrote:|(在|于|於).{5,200}(写道|寫道)\s?[:：]?|.{0,120}@.{0,120}(写道|寫道)\s?[:：]"
    r"|(发件人|寄件者|寄件人|from)\s?[:：].{1,200}@.{1,200})\s*$",
    re.IGNORECASE,
)


def new_words(text: str) -> str:
    """Return what is new in a mail: nothing from the first quoted mail on, and no line that is marked as quoted.

    Whoever writes below what they quote keeps what they wrote. Line by line, so that no mail takes long.
    """
    lines = text.strip().split("\n")
    first = next((n for n, line in enumerate(lines) if _introduces(lines, n, line)), len(lines))
    own = [line for n, line in enumerate(lines) if not line.startswith(">") and not _introduces(lines, n, line)]
    above = [line for line in lines[:first] if not line.startswith(">")]
    return "\n".join(above).strip() or "\n".join(own).strip() or text.strip()


def _introduces(lines, n, line):
    following = lines[n + 1] if n + 1 < len(lines) else ""
    joined = f"{line} {following}" if line[:3].lower() == "on " and len(line) < 200 else line
    return len(line) <= 400 and bool(QUOTE.match(line) or QUOTE.match(joined))


# What is attached


def _attachments(mail) -> tuple[list[File], list[str]]:
    files, left = [], []
    for part in mail.attachments:
        name, content = attachments.tidy(part.filename or part.content_type), part.payload
        if part.content_id and len(content) < LEAST_INLINE:
            continue
        try:
            if len(files) == MOST_FILES:
                raise attachments.NotKept
            files.append(File(**attachments.read(name, content)))
        except attachments.NotKept:
            left.append(name)
    return files, left
