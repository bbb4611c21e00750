from crm.lib.commands import JsonCommand, iso_date
from customers.night import business_date
from visits import night


class Command(JsonCommand):
    help = "Plan the callbacks that rules and cadences ask for and that are missing, as the night does."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--on", type=iso_date, help="business date YYYY-MM-DD (default: the night's date)")

    def work(self, *, on, **options):
        return night.by_hand(on or business_date())
