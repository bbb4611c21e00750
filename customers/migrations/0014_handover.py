"""Handovers and what they give (policy 4.6)."""

import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0013_stint_indexes"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("leaving", "leaves the company"),
                            ("post", "change of post"),
                            ("wish", "a customer's wish"),
                        ],
                        default="leaving",
                        max_length=10,
                        verbose_name="why",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "being prepared"),
                            ("done", "carried out"),
                            ("undone", "undone"),
                            ("dropped", "given up"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("done_at", models.DateTimeField(editable=False, null=True)),
                ("undone_at", models.DateTimeField(editable=False, null=True)),
                ("override", models.CharField(blank=True, editable=False, max_length=300)),
                (
                    "done_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "leaver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who hands over",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.run",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "handover",
                "verbose_name_plural": "handovers",
                "ordering": ("-opened_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="HandoverItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("source", models.BigIntegerField()),
                ("label", models.CharField(max_length=200)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ("follows", models.BooleanField(default=False)),
                ("to_home", models.BooleanField(default=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("moved", "to be confirmed"),
                            ("confirmed", "confirmed"),
                            ("missing", "missing"),
                            ("left", "not handed over"),
                            ("undone", "undone"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("before", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="what is missing")),
                ("supplied", models.CharField(blank=True, max_length=300, verbose_name="what was supplied")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "handover",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="customers.handover",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "item of a handover",
                "verbose_name_plural": "items of a handover",
                "ordering": ("id",),
            },
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["opened_at", "id"], name="handover_recent"),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "draft")), fields=("leaver",), name="handover_one_draft"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("done_at__isnull", True), ("status__in", ("draft", "dropped")), ("undone_at__isnull", True)
                    ),
                    models.Q(("done_at__isnull", False), ("status", "done"), ("undone_at__isnull", True)),
                    models.Q(("done_at__isnull", False), ("status", "undone"), ("undone_at__isnull", False)),
                    _connector="OR",
                ),
                name="handover_has_its_times",
            ),
        ),
        migrations.AddIndex(
            model_name="handoveritem",
            index=models.Index(fields=["handover", "id"], name="handover_item_order"),
        ),
        migrations.AddIndex(
            model_name="handoveritem",
            index=models.Index(fields=["receiver", "handover"], name="handover_item_receiver"),
        ),
        migrations.AddIndex(
            model_name="handoveritem",
            index=models.Index(
                condition=models.Q(("status", "moved")),
                fields=["receiver"],
                include=("handover",),
                name="handover_item_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoveritem",
            constraint=models.UniqueConstraint(fields=("handover", "kind", "source"), name="handover_item_once"),
        ),
    ]
