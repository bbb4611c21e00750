from crm.lib.commands import CouldNotStart, JsonCommand, iso_date
from customers import night
from customers.ownership import brake


class Command(JsonCommand):
    help = "Return idle customers to the pool, as the night does (policy 4.1, 4.3)."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--on", type=iso_date, help="business date YYYY-MM-DD (default: the night's date)")
        parser.add_argument("--dry-run", action="store_true", help="say who would go, change nothing")
        parser.add_argument(
            "--confirm", action="store_true", help="let them go even if they are more than the set share"
        )

    def work(self, *, on, dry_run, confirm, **options):
        try:
            return night.return_by_hand(on or night.business_date(), dry_run=dry_run, confirm=confirm)
        except brake.Brake as stopped:
            raise CouldNotStart(f"{stopped} (--confirm)") from stopped
