"""The words of a call (policy 5.7): which script is shown, with the names filled in, and how it is edited."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from visits.models import CallbackRule, Purpose, Script, ScriptVersion
from visits.wording import fill

# The script for calls without a purpose, and for every purpose that has no script of its own.
GENERAL = ""
# Asked for every customer to be called, so without the price of building it from parts.
CURRENT = """
    SELECT v.*, s.purpose FROM visits_scriptversion v JOIN visits_script s ON s.id = v.script_id
    WHERE s.purpose = ANY(%s) ORDER BY s.purpose DESC, v.number DESC LIMIT 1
"""
TEXTS = ("first_call", "later_call", "closing_satisfied", "closing_unsatisfied")


@dataclass(frozen=True)
class Shown:
    """A script as it stands beside the log form; the log keeps `version`."""

    version: ScriptVersion
    is_first: bool
    opening: str
    closing_satisfied: str
    closing_unsatisfied: str

    @property
    def title(self) -> str:
        return Purpose.title_of(self.version.script.purpose)


def _filled(version, is_first, names) -> Shown:
    """An opening left empty is the other one."""
    openings = (version.first_call, version.later_call)
    opening = next(filter(None, openings if is_first else reversed(openings)), "")
    closings = {name: fill(getattr(version, name), **names) for name in TEXTS[2:]}
    return Shown(version, is_first, fill(opening, **names), **closings)


def for_callback(customer, contact, purpose: str, user) -> Shown | None:
    """Return the script for calling `contact` (or None) of `customer` for `purpose`, or the general one; one query.

    A customer never contacted before hears the opening of a first call.
    """
    found = list(ScriptVersion.objects.raw(CURRENT, [[purpose, GENERAL]]))
    if not found:
        return None
    [version] = found
    version.script = Script(pk=version.script_id, purpose=version.purpose)
    return _filled(version, customer.last_contact_at is None, _names(customer, contact, user))


def _names(customer, contact, user):
    return {"customer": customer.name, "contact": contact.name if contact else "", "me": user.name}


def as_used(log) -> dict:
    """Return the `title` of the script version that stays with `log`, and its `texts` with the names filled in."""
    names = _names(log.customer, log.contact, log.by)
    title = purposes().get(log.script.script.purpose, log.script.script.purpose)
    return {"title": title, "texts": {name: fill(getattr(log.script, name), **names) for name in TEXTS}}


def example(texts: dict[str, str], user) -> dict[str, str]:
    """Return `texts` as they would read to a made-up contact."""
    names = {"customer": _("Silk Road Trading"), "contact": _("Manager Wang"), "me": user.name}
    return {name: fill(text, **names) for name, text in texts.items()}


def purposes() -> dict[str, str]:
    """Return purpose → title of everything that has a script: the general one, ours, and administrators' own rules."""
    own = CallbackRule.objects.exclude(name="").values_list("code", "name")
    return {GENERAL: _("any call")} | {code: str(title) for code, title in Purpose.choices} | dict(own)


def current() -> list[tuple[str, str, ScriptVersion | None]]:
    """Return (purpose, title, version in use or None) of every purpose; two queries."""
    latest = ScriptVersion.objects.filter(script=OuterRef("script")).order_by("-number").values("pk")[:1]
    versions = ScriptVersion.objects.filter(pk=Subquery(latest)).select_related("script", "by")
    by_purpose = {version.script.purpose: version for version in versions}
    return [(purpose, title, by_purpose.get(purpose)) for purpose, title in purposes().items()]


def history(purpose: str) -> list[ScriptVersion]:
    """Return the versions of a purpose's script, the newest first."""
    return list(ScriptVersion.objects.filter(script__purpose=purpose).select_related("by"))


def write(purpose: str, *, texts: dict[str, str], seen: int, by) -> ScriptVersion | None:
    """Put `texts` into use as a new version; return None when nothing differs from the version in use.

    `seen` is the number of the version that the writer had before them, 0 for none; raises TooLate when there is a
    newer one by now.
    """
    with transaction.atomic():
        script, _made = Script.objects.get_or_create(purpose=purpose)
        Script.objects.select_for_update().get(pk=script.pk)
        latest = script.versions.select_related("by").first()
        number = latest.number if latest else 0
        if latest and all(getattr(latest, name) == texts[name] for name in TEXTS):
            return None
        if number != seen:
            who = latest.by.name if latest and latest.by else "—"
            raise TooLate(_("%(who)s has written version %(number)s meanwhile.") % {"who": who, "number": number})
        return script.versions.create(number=number + 1, by=by, at=timezone.now(), **texts)


def stamp(text) -> str:
    """Return what tells whether the text template was edited since; empty for a new one."""
    return text.edited_at.isoformat() if text.pk else ""


def keep_text(form, *, seen: str, by):
    """Save the text template of a valid form; raises TooLate when its stamp is no longer the one `seen`."""
    with transaction.atomic():
        if form.instance.pk:
            now = type(form.instance).objects.select_for_update().get(pk=form.instance.pk)
            if stamp(now) != seen:
                raise TooLate(_("Somebody has changed this text meanwhile: “%(text)s”.") % {"text": now.text})
        form.instance.edited_by = by
        return form.save()
