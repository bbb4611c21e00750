#!/usr/bin/env python3
"""Run a management command; without DATABASE_URL the embedded PostgreSQL and Redis run as long as it needs them."""

import os
import sys

from crm import embedded


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    with embedded.services():
        from django.core.management import execute_from_command_line  # settings read the addresses that services() sets

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
