from crm.lib.commands import ImportCommand
from staff.importing import StaffImport


class Command(ImportCommand):
    help = "Import people and teams: username, name, role, team, e-mail. New people set their password by e-mail."

    def importer(self, **options):
        return StaffImport()
