from django.core.management.base import BaseCommand, CommandError

from reports import setup


class Command(BaseCommand):
    help = "Print the path of the page that makes the first administrator; the page exists only while nobody does."

    def handle(self, *args, **options):
        if not setup.is_needed():
            raise CommandError("There are people already; an administrator can add more on the People page.")
        self.stdout.write(setup.path())
