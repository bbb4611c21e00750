import os
import shutil
from contextlib import suppress
from importlib import import_module

import pytest
from django.utils import translation

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROME = next(filter(None, map(shutil.which, NAMES)), None)

# Playwright keeps an event loop in the thread of the test, where Django would refuse to ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items):
    for item in items:
        if {"page", "browser", "context"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("browser") and not CHROME:
            item.add_marker(pytest.mark.skip(reason=f"no Chromium or Chrome on PATH: {item.name}"))


def pytest_sessionfinish(session):
    """With CI_NO_SKIP a skipped test fails the session, so that nothing is left out unnoticed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI_NO_SKIP") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's browser; root may start it without its sandbox only."""
    extra = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": CHROME, "args": [*extra, "--disable-dev-shm-usage"]}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """A test with real commits ends in a flush; what the migrations wrote (standard, days, rules) is written again."""
    from django.apps import apps  # the registry is ready only now
    from django.db.models.signals import post_migrate

    written = [
        ("complaints", "Target", import_module("complaints.migrations.0002_policy").write_policy),
        ("customers", "GradingStandard", import_module("customers.migrations.0003_policy").write_policy),
        ("customers", "Pool", import_module("customers.migrations.0008_ownership_rows").write_policy),
        ("staff", "Day", import_module("staff.migrations.0003_days").fill),
        ("plans", "Chain", import_module("plans.migrations.0002_policy").write_policy),
        ("visits", "CallbackRule", import_module("visits.migrations.0003_rules").write_policy),
    ]

    def write_again(sender, **kwargs):
        for label, model, write in written:
            if label == sender.label and not apps.get_model(label, model).objects.exists():
                # 0003 of the customers ends with a table that is no longer there.
                with suppress(LookupError):
                    write(apps, None)

    for label in {label for label, _model, _write in written}:
        post_migrate.connect(write_again, sender=apps.get_app_config(label), weak=False)


@pytest.fixture(autouse=True)
def no_language_is_left():
    """A request leaves its language active; the next test begins without."""
    yield
    translation.deactivate()


@pytest.fixture
def world(db):
    """The company of `factories.make_world`."""
    from tests.factories import make_world  # needs the settings

    return make_world()
