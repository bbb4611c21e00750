import sys

from django.core.management.base import BaseCommand

from crm import texts


class Command(BaseCommand):
    """Exit status 1 when --check finds something to translate."""

    help = "Collect the texts to translate from code and templates into locale/."
    requires_system_checks = []

    def add_arguments(self, parser):
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--check", action="store_true", help="change nothing; list what is not translated")
        how.add_argument("--compile", action="store_true", help="write the .mo files that the pages are shown with")

    def handle(self, *, check, compile, **options):
        if check:
            self.check_catalogs()
        elif compile:
            texts.compile_catalogs()
        else:
            self.collect()

    def collect(self):
        for locale in texts.locales():
            self.report(locale, texts.update(locale))

    def report(self, locale, catalog):
        missing = [key for key, message in texts.messages(catalog).items() if not texts.text_of(message)]
        self.stdout.write(f"{locale}: {len(catalog)} texts, {len(missing)} to translate")

    def check_catalogs(self):
        wanted = texts.collect()
        found = [f"{it}: {line}" for it in texts.locales() for line in texts.problems(wanted, texts.read(it))]
        if found:
            self.stderr.write("\n".join(found))
            sys.exit(1)
        self.stdout.write(f"{len(wanted)} texts, each in {', '.join(texts.locales())}")
