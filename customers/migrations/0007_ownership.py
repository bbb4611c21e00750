"""Pools, rules by version, stints of owner and pool alike, and what is asked before a customer goes."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import customers.models.pool_rules


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_holds"),
        ("jobs", "0001_initial"),
        ("staff", "0005_notice"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClearingSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("situation", models.TextField(max_length=2000, verbose_name="situation")),
                ("contacts", models.TextField(max_length=2000, verbose_name="whom one talks to, and how")),
                ("progress", models.TextField(max_length=2000, verbose_name="how far talks have come")),
                ("written_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "status",
                    models.CharField(
                        choices=[("written", "written"), ("sent_back", "sent back")], default="written", max_length=10
                    ),
                ),
                ("sent_back_at", models.DateTimeField(editable=False, null=True)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="what is unclear")),
            ],
            options={
                "verbose_name": "clearing sheet",
                "verbose_name_plural": "clearing sheets",
                "ordering": ("-written_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("first_order", "first order"), ("first_inquiry", "first inquiry")],
                        max_length=15,
                        verbose_name="about",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="why")),
                ("evidence", models.JSONField(default=dict)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_at", models.DateTimeField(editable=False, null=True)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="reason of the decision")),
            ],
            options={
                "verbose_name": "dispute",
                "verbose_name_plural": "disputes",
                "ordering": ("-at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("days", models.PositiveSmallIntegerField(verbose_name="days")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "asked for"),
                            ("granted", "granted"),
                            ("refused", "refused"),
                            ("lapsed", "lapsed"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("until", models.DateField(editable=False, null=True)),
                ("decided_at", models.DateTimeField(editable=False, null=True)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
            ],
            options={
                "verbose_name": "extension",
                "verbose_name_plural": "extensions",
                "ordering": ("-asked_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("phone", "phone"),
                            ("visit", "visit"),
                            ("wechat", "WeChat"),
                            ("email", "e-mail"),
                            ("message", "text message"),
                            ("reception", "reception"),
                        ],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("contact", models.CharField(blank=True, max_length=100, verbose_name="who asked")),
                ("text", models.CharField(max_length=500, verbose_name="what they asked")),
                ("is_first", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "inquiry",
                "verbose_name_plural": "inquiries",
                "ordering": ("at", "id"),
            },
        ),
        migrations.CreateModel(
            name="OwnPeriods",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[("VIP", "VIP"), ("SVIP", "special VIP"), ("A", "A"), ("B", "B"), ("C", "C")],
                        max_length=4,
                        verbose_name="grade",
                    ),
                ),
                (
                    "no_deal_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="months without a first deal",
                    ),
                ),
                (
                    "no_sale_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="months without a sale",
                    ),
                ),
                (
                    "contact_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="days without real contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "own periods",
                "verbose_name_plural": "own periods",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Pool",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
            ],
            options={
                "verbose_name": "pool",
                "verbose_name_plural": "pools",
                "ordering": (models.OrderBy(models.F("team"), nulls_first=True), "name"),
            },
        ),
        migrations.CreateModel(
            name="PoolRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(auto_now_add=True)),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="why")),
                (
                    "no_deal_months",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="months without a first deal",
                    ),
                ),
                (
                    "no_sale_months",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="months without a sale",
                    ),
                ),
                (
                    "contact_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="days without real contact",
                    ),
                ),
                (
                    "first_contact_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="days from a claim to the first contact",
                    ),
                ),
                ("clocks_since", models.DateField(editable=False, null=True)),
                (
                    "grace_days",
                    models.PositiveSmallIntegerField(
                        default=7, verbose_name="days in which nobody falls after a change"
                    ),
                ),
                (
                    "brake_percent",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="percent of owned customers that one night may return unasked",
                    ),
                ),
                (
                    "remind_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        default=customers.models.pool_rules.remind_days,
                        size=None,
                        verbose_name="reminders, days before",
                    ),
                ),
                (
                    "supervisor_days",
                    models.PositiveSmallIntegerField(default=3, verbose_name="the supervisor too, from days before"),
                ),
                (
                    "sheet_days",
                    models.PositiveSmallIntegerField(default=14, verbose_name="clearing sheet asked for, days before"),
                ),
                (
                    "extension_days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="days of one extension, at most",
                    ),
                ),
                (
                    "extensions",
                    models.PositiveSmallIntegerField(default=2, verbose_name="extensions per ownership, at most"),
                ),
                (
                    "cooldown_days",
                    models.PositiveSmallIntegerField(
                        default=30, verbose_name="days before an earlier owner may claim again"
                    ),
                ),
                (
                    "claims_a_day",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=20,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="claims a day",
                    ),
                ),
                (
                    "capacity",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="customers in hand",
                    ),
                ),
                (
                    "embargo_days",
                    models.PositiveSmallIntegerField(default=0, verbose_name="days a new arrival can't be claimed"),
                ),
            ],
            options={
                "verbose_name": "rules of the pool",
                "verbose_name_plural": "rules of the pool",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("returns_on", models.DateField()),
                ("days", models.PositiveSmallIntegerField()),
                ("on", models.DateField()),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("offered_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("offered", "offered"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="offered",
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(editable=False, null=True)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
            ],
            options={
                "verbose_name": "transfer",
                "verbose_name_plural": "transfers",
                "ordering": ("-offered_at", "-id"),
            },
        ),
        migrations.AlterModelOptions(
            name="stint",
            options={"ordering": ("-started_at", "-id")},
        ),
        migrations.RemoveConstraint(
            model_name="customer",
            name="customer_owner_xor_pool",
        ),
        migrations.RenameField(model_name="customer", old_name="pool_reason", new_name="stint_reason"),
        migrations.AddField(
            model_name="customer",
            name="is_held",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="customer",
            name="kept_until",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="moved_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="moved_in",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.run",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="owned_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="returns_rule",
            field=models.CharField(
                blank=True,
                choices=[
                    ("created", "created"),
                    ("imported", "imported"),
                    ("claimed", "claimed from the pool"),
                    ("released", "released"),
                    ("no_deal", "no deal within the period (two-month rule)"),
                    ("no_sale", "no sale within the period (three-month rule)"),
                    ("no_contact", "no contact within the period"),
                    ("no_first", "no contact soon after the claim"),
                    ("problem", "problem customer"),
                    ("first_order", "first order"),
                    ("assigned", "assigned"),
                    ("transferred", "transferred"),
                    ("referred", "referred by a manager"),
                    ("handed_over", "handed over"),
                    ("decided", "dispute decided"),
                    ("undone", "return undone"),
                    ("moved", "moved to another pool"),
                ],
                editable=False,
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="stint_reason",
            field=models.CharField(
                choices=[
                    ("created", "created"),
                    ("imported", "imported"),
                    ("claimed", "claimed from the pool"),
                    ("released", "released"),
                    ("no_deal", "no deal within the period (two-month rule)"),
                    ("no_sale", "no sale within the period (three-month rule)"),
                    ("no_contact", "no contact within the period"),
                    ("no_first", "no contact soon after the claim"),
                    ("problem", "problem customer"),
                    ("first_order", "first order"),
                    ("assigned", "assigned"),
                    ("transferred", "transferred"),
                    ("referred", "referred by a manager"),
                    ("handed_over", "handed over"),
                    ("decided", "dispute decided"),
                    ("undone", "return undone"),
                    ("moved", "moved to another pool"),
                ],
                default="created",
                editable=False,
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="talked_on",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="hold",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="until",
            field=models.DateField(blank=True, null=True, verbose_name="until"),
        ),
        migrations.AddField(
            model_name="stint",
            name="run",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="jobs.run"
            ),
        ),
        migrations.AlterField(
            model_name="activity",
            name="verb",
            field=models.CharField(
                choices=[
                    ("create", "Created"),
                    ("edit", "Edited"),
                    ("claim", "Claimed from the pool"),
                    ("release", "Released to the pool"),
                    ("return", "Returned to the pool"),
                    ("grade", "Grade changed"),
                    ("lend", "Lent to a colleague"),
                    ("order", "Order"),
                    ("pay", "Payment confirmed"),
                    ("log", "Contact logged"),
                    ("correct", "Log corrected"),
                    ("add", "Added to a log"),
                    ("move", "Callback moved"),
                    ("skip", "Callback skipped"),
                    ("promise", "Promised"),
                    ("keep", "Promise kept"),
                    ("renegotiate", "Promise renegotiated"),
                    ("hand_on", "Promise handed on"),
                    ("receive", "Complaint or proposal received"),
                    ("site", "Visit on site"),
                    ("message", "Message sent"),
                    ("check", "Log checked"),
                    ("plan", "Maintenance plan"),
                    ("task", "Task of a maintenance plan"),
                    ("complaint", "Complaint or suggestion"),
                    ("assign", "Given to somebody"),
                    ("transfer", "Offered to a colleague"),
                    ("extend", "Extension"),
                    ("lock", "Lock"),
                    ("sheet", "Clearing sheet"),
                    ("inquire", "Inquiry"),
                    ("dispute", "Dispute"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="kind",
            field=models.CharField(
                choices=[
                    ("plan", "maintenance plan"),
                    ("complaint", "complaint"),
                    ("extension", "extension"),
                    ("lock", "lock"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="stint",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("created", "created"),
                    ("imported", "imported"),
                    ("claimed", "claimed from the pool"),
                    ("released", "released"),
                    ("no_deal", "no deal within the period (two-month rule)"),
                    ("no_sale", "no sale within the period (three-month rule)"),
                    ("no_contact", "no contact within the period"),
                    ("no_first", "no contact soon after the claim"),
                    ("problem", "problem customer"),
                    ("first_order", "first order"),
                    ("assigned", "assigned"),
                    ("transferred", "transferred"),
                    ("referred", "referred by a manager"),
                    ("handed_over", "handed over"),
                    ("decided", "dispute decided"),
                    ("undone", "return undone"),
                    ("moved", "moved to another pool"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="stint",
            name="ended_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="stint",
            name="owner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stints",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="stint",
            name="start_reason",
            field=models.CharField(
                choices=[
                    ("created", "created"),
                    ("imported", "imported"),
                    ("claimed", "claimed from the pool"),
                    ("released", "released"),
                    ("no_deal", "no deal within the period (two-month rule)"),
                    ("no_sale", "no sale within the period (three-month rule)"),
                    ("no_contact", "no contact within the period"),
                    ("no_first", "no contact soon after the claim"),
                    ("problem", "problem customer"),
                    ("first_order", "first order"),
                    ("assigned", "assigned"),
                    ("transferred", "transferred"),
                    ("referred", "referred by a manager"),
                    ("handed_over", "handed over"),
                    ("decided", "dispute decided"),
                    ("undone", "return undone"),
                    ("moved", "moved to another pool"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="stint",
            name="started_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("plan", "complaint")), ("until__isnull", True)),
                    models.Q(("kind__in", ("extension", "lock")), ("until__isnull", False)),
                    _connector="OR",
                ),
                name="hold_ends_by_day_or_by_hand",
            ),
        ),
        migrations.AddField(
            model_name="clearingsheet",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="sheets", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="clearingsheet",
            name="sent_back_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="clearingsheet",
            name="stint",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="sheet", to="customers.stint"
            ),
        ),
        migrations.AddField(
            model_name="clearingsheet",
            name="written_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="claimant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="who says it is theirs",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="disputes", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="decided_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="winner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="goes to",
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="extensions", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="decided_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="stint",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="extensions", to="customers.stint"
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="inquiries",
                to=settings.AUTH_USER_MODEL,
                verbose_name="taken by",
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="inquiries", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="ownperiods",
            name="team",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to="staff.team", verbose_name="team"
            ),
        ),
        migrations.AddField(
            model_name="pool",
            name="team",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pool",
                to="staff.team",
                verbose_name="team",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="pool",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="customers",
                to="customers.pool",
            ),
        ),
        migrations.AddField(
            model_name="stint",
            name="pool",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.pool",
            ),
        ),
        migrations.AddField(
            model_name="poolrules",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="ownperiods",
            name="rules",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="own_periods", to="customers.poolrules"
            ),
        ),
        migrations.AddField(
            model_name="stint",
            name="rules",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.poolrules",
            ),
        ),
        migrations.AddIndex(
            model_name="stint",
            index=models.Index(condition=models.Q(("run__isnull", False)), fields=["run"], name="stint_of_run"),
        ),
        migrations.AddField(
            model_name="reminder",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="answered_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="transfers", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="receiver",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transfers_received",
                to=settings.AUTH_USER_MODEL,
                verbose_name="to",
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="sender",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transfers_offered",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at__isnull", True)),
                fields=("customer", "claimant"),
                name="dispute_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("winner__isnull", True)),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("winner__isnull", False)),
                    _connector="OR",
                ),
                name="dispute_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "asked")), fields=("customer",), name="extension_one_asked"
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_first", True)), fields=("customer",), name="inquiry_one_first"
            ),
        ),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.UniqueConstraint(
                models.Value(1), condition=models.Q(("team__isnull", True)), name="pool_one_of_the_company"
            ),
        ),
        migrations.AddConstraint(
            model_name="ownperiods",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("grade", ""), ("team__isnull", False)),
                    models.Q(models.Q(("grade", ""), _negated=True), ("team__isnull", True)),
                    _connector="OR",
                ),
                name="own_periods_of_grade_or_team",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownperiods",
            constraint=models.UniqueConstraint(
                fields=("rules", "grade", "team"), name="own_periods_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("customer", "returns_on", "days"), name="reminder_once"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "offered")), fields=("customer",), name="transfer_one_offered"
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("sender", models.F("receiver")), _negated=True), name="transfer_to_another"
            ),
        ),
    ]
