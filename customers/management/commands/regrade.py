from django.core.management.base import CommandError

from crm.lib.commands import COULD_NOT_START, JsonCommand, iso_date
from customers import night


class Command(JsonCommand):
    help = "Grade every customer by the standard in force, as the night does."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--on", type=iso_date, help="business date YYYY-MM-DD (default: the night's date)")

    def work(self, *, on, **options):
        try:
            return night.regrade_by_hand(on or night.business_date())
        except LookupError as error:
            raise CommandError(str(error), returncode=COULD_NOT_START) from error
