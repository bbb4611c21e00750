"""Notes that name a colleague (policy 1.6): theirs to read, and in their mentions until they have seen them."""

from django.utils import timezone

from complaints.models import Mention


def of(user, *, unseen_only: bool):
    """Return the mentions of `user`, each with its note and ticket."""
    found = user.mentions.select_related("ticket", "message__by").defer("ticket__text", "ticket__grams")
    return found.filter(seen_at=None) if unseen_only else found


def mark_as_seen(user, pk: int | None) -> int:
    """Mark the mention `pk` of `user`, or all of theirs for None; return how many had not been seen before."""
    found = Mention.objects.filter(person=user, seen_at=None)
    return (found if pk is None else found.filter(pk=pk)).update(seen_at=timezone.now())
