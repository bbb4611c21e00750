from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Contact(models.Model):
    """A person at a customer (policy 2.3)."""

    class Gender(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="contacts")
    name = models.CharField(pgettext_lazy("person", "name"), max_length=100)
    position = models.CharField(_("position"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    frequency = models.CharField(_("how often in contact"), max_length=100, blank=True)
    gender = models.CharField(_("gender"), max_length=6, choices=Gender, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    interests = models.CharField(_("interests and family"), max_length=300, blank=True)
    is_main = models.BooleanField(_("main contact"), default=False)
    quiet_from = models.TimeField(_("not to be called from"), null=True, blank=True)
    quiet_until = models.TimeField(_("not to be called until"), null=True, blank=True)
    digits = models.GeneratedField(
        expression=Func(F("phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace"),
        output_field=models.CharField(max_length=40),
        db_persist=True,
    )
    grams = models.GeneratedField(
        expression=Func(F("name"), function="crm_grams"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("-is_main", "id")
        indexes = (
            GinIndex(OpClass(F("digits"), "gin_trgm_ops"), name="contact_digits_trgm"),
            GinIndex(fields=("grams",), name="contact_grams"),
            # Whoever writes is recognised by their address, however it is written (see complaints.receiving).
            models.Index(Upper("email"), name="contact_email"),
        )

    def __str__(self):
        return self.name

    def keep(self, *, by):
        """Save this contact, the only main one when marked so; raises TooLate when the customer is in the pool."""
        with self.customer.moving("edit", by=by) as activity:
            if self.is_main:
                self.customer.contacts.exclude(pk=self.pk).update(is_main=False)
            self.save()
            activity.data = {"contact": self.name}

    def remove(self, *, by):
        with self.customer.moving("edit", by=by) as activity:
            activity.data = {"removed": self.name}
            self.delete()
