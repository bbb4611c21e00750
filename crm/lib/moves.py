"""The life of a record as a table: from where, to where, by whom; checked under a row lock."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404
from django.utils.translation import gettext as _


class TooLate(Exception):
    """The record is no longer in a state that allows the move; shown as 409 with its message.

    With `is_rule` nobody was faster: a rule forbids the move as things stand.
    """

    is_rule = False


@dataclass(frozen=True)
class Move:
    """From which states, to which, by whom; with no `target` the state stays, or the verb itself says which."""

    source: frozenset[str]
    target: str
    who: Callable[[Any, Any], bool]


class Tracked(models.Model):
    """A model whose `status` changes only by the verbs in MOVES, each leaving one activity row."""

    MOVES: ClassVar[dict[str, Move]] = {}

    class Meta:
        abstract = True

    def moves(self, user) -> set[str]:
        """Return the verbs that `user` may use on this record as it stands."""
        return {verb for verb, move in self.MOVES.items() if self.status in move.source and move.who(user, self)}

    def activity(self, verb, *, by):
        """Return the unsaved activity row of a move."""
        raise NotImplementedError

    def too_late(self, verb) -> str:
        """Return what to tell the person whose move comes too late; `self` is the row as it stands now."""
        return _("This was changed a moment ago. Look at it again before you go on.")

    @contextmanager
    def moving(self, verb, *, by, fields=None):
        """Lock the row, check state and right, let the caller set fields, save, record.

        Only `fields` are saved when they are named, nothing for (). Raises TooLate when the row left the states the
        move starts from, PermissionDenied when `by` may not.
        """
        with transaction.atomic():
            self.lock()
            self.check_move(verb, by=by)
            activity = self.activity(verb, by=by)
            yield activity
            target = self.MOVES[verb].target
            if target and "status" in {field.name for field in self._meta.concrete_fields}:
                self.status = target
            self.save(update_fields=fields)
            activity.save()

    def check_move(self, verb, *, by):
        """Raise TooLate when the row has left the states the move starts from, PermissionDenied when `by` may not."""
        move = self.MOVES[verb]
        if self.status not in move.source:
            raise TooLate(self.too_late(verb))
        if not move.who(by, self):
            raise PermissionDenied

    def lock(self):
        """Re-read this instance from the database, holding its row until the transaction ends.

        What was not loaded before is not loaded now.
        """
        self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update(of=("self",)))


def get_for_move(source, user, verb, pk):
    """Return the record for a verb: 404 when `user` cannot see it, 403 when they may not do it.

    `source` is the model, or a queryset of it that loads less.
    """
    records = source.objects.all() if isinstance(source, type) else source
    record = records.visible_to(user).filter(pk=pk).first()
    if record is None:
        raise Http404
    if not record.MOVES[verb].who(user, record):
        raise PermissionDenied
    return record
