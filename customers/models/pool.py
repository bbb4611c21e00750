from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from staff.permissions import is_seller, people_in_sight


class PoolQuerySet(models.QuerySet):
    def open_to(self, user):
        """Return the pools `user` may look into: the company's, their teams' own, and all that lie in their sight."""
        if people_in_sight(user) is None:
            return self
        above = user.team.lineage if user.team_id else []
        return self.filter(Q(team=None) | Q(team__in=above) | Q(team__people__in=people_in_sight(user))).distinct()


class PoolManager(models.Manager.from_queryset(PoolQuerySet)):
    """The pools in use; what once lay in a closed one still finds it through its own key."""

    def get_queryset(self):
        return super().get_queryset().filter(closed_at=None)


class Pool(models.Model):
    """A pool of ownerless customers (公海): the company's, or that of a team and the teams below it (policy 4.5).

    A pool that is given up is closed, not deleted: stints tell what lay in it. It has no team then, and no customers.
    """

    name = models.CharField(_("name"), max_length=100)
    team = models.OneToOneField(
        "staff.Team", models.PROTECT, null=True, blank=True, related_name="pool", verbose_name=_("team")
    )

    closed_at = models.DateTimeField(null=True, editable=False)

    objects = PoolManager()

    class Meta:
        verbose_name = _("pool")
        verbose_name_plural = _("pools")
        ordering = (F("team").asc(nulls_first=True), "name")
        constraints = (
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(team__isnull=True, closed_at__isnull=True),
                name="pool_one_of_the_company",
            ),
            models.UniqueConstraint(fields=("name",), condition=Q(closed_at__isnull=True), name="pool_name"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(team__isnull=True), name="pool_closed_is_nobodys"
            ),
        )

    def __str__(self):
        return self.name

    def has_member(self, user) -> bool:
        """Only its own members take customers from a pool: whoever sells in its team or in one below."""
        return is_seller(user) and (self.team_id is None or (user.team_id and self.team_id in user.team.lineage))
