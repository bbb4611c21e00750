from crm.lib.commands import ImportCommand
from sales import permissions
from sales.importing import OrderImport
from staff.importing import importing_user


class Command(ImportCommand):
    help = "Import orders; those with a day of payment are confirmed for that day and count as sales."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--by", required=True, help="username of the person in whose name this is done")

    def importer(self, *, by, **options):
        return OrderImport(importing_user(by, permissions.may_import))
