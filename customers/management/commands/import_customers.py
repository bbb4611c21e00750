from crm.lib.commands import ImportCommand
from customers import permissions
from customers.importing import CustomerImport
from staff.importing import importing_user


class Command(ImportCommand):
    help = "Import customers; one that is there already is brought up to date, its owner stays."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--by", required=True, help="username of the person in whose name this is done")

    def importer(self, *, by, **options):
        return CustomerImport(importing_user(by, permissions.may_import))
