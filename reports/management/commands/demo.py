from django.core.management.base import BaseCommand

from reports import demo


class Command(BaseCommand):
    help = "Fill an empty system with demo data; does nothing where anybody exists already."

    def handle(self, *args, **options):
        if not demo.fill():
            self.stderr.write("There are people already: nothing was changed.")
            return
        if options["verbosity"]:
            self.stdout.write(f"Demo accounts, password {demo.PASSWORD}:")
            for role, username in demo.ACCOUNTS:
                self.stdout.write(f"  {role:<16} {username}")
