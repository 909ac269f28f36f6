"""Fixtures every test may use, and the closing words of a test run."""

import gc
import importlib
import logging
import os
import pkgutil
from collections import defaultdict
from collections.abc import Iterator

import pytest
import structlog
from coverage import Coverage
from hypothesis import settings

from tests import postgres, statements
from tests.kept_logs import Keeping
from tests.thorough import daily

# The same examples at every run; `--hypothesis-profile=explore` looks for new ones.
settings.register_profile(
    "same", deadline=None, derandomize=True, database=None, max_examples=daily(50, thorough=200)
)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("same")

KEEPING = "kept-logs"
SKIPS_FAIL = "PHONESYNC_ALLOW_NO_SKIP"
PROVE_THE_CORE = (
    "tests/calls/",
    "tests/events/",
    "tests/ledger/",
    "tests/phonebook/",
    "tests/test_clock.py",
    "tests/test_numbering.py",
)
"""The tests that cover the pure core by themselves; only they are traced, which makes tests several times slower."""


def pytest_configure(config: pytest.Config) -> None:
    """Keeps what the program logs, and what its stores compile."""
    config.pluginmanager.register(Keeping(), KEEPING)
    statements.share()


@pytest.fixture(scope="session", autouse=True)
def program_log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is kept lies in pytest's own folder (of each worker)."""
    keeping = request.config.pluginmanager.get_plugin(KEEPING)
    assert isinstance(keeping, Keeping)
    keeping.begin(tmp_path_factory.getbasetemp())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command sets up logs for its own stderr, which is closed when its test has ended."""
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(handler)


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server for the whole run (of one worker)."""
    if postgres.programs() is None:
        pytest.skip(postgres.NEEDED)
    with postgres.running(in_memory=True) as running:
        yield running


def proves_the_core(item: pytest.Item) -> bool:
    """Whether a test is one of those that cover the pure core."""
    return item.nodeid.startswith(PROVE_THE_CORE)


class Tracing:
    """Stops tracing for tests that prove nothing about the core, and what they set up.

    Args:
        coverage: Tracing now.
    """

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._traces = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Traces a test or does not."""
        if proves_the_core(item) is not self._traces:
            self._traces = not self._traces
            if self._traces:
                self._coverage.start()
            else:
                self._coverage.stop()
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The traced tests come first: what they need is in no cache yet that another test has filled."""
    items.sort(key=lambda item: not proves_the_core(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Takes tracing over where tests are traced at all: the core is loaded under it, and nothing else."""
    coverage = Coverage.current()
    if coverage is not None:
        for source in session.config.getoption("cov_source"):
            load(source)
        coverage.stop()
        session.config.pluginmanager.register(Tracing(coverage))
    gc.disable()
    return (yield)


def load(name: str) -> None:
    """Imports a module, and all within it where it is a package."""
    module = importlib.import_module(name)
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        load(f"{name}.{found.name}")


def pytest_collection_finish() -> None:
    """Thousands of tests live to the end: the collector of garbage need not look through them again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_report_header() -> str:
    """Says which server the tests of PostgreSQL run on."""
    return f"PostgreSQL: {postgres.version()}"


def skipped_tests(config: pytest.Config) -> dict[str, list[str]]:
    """Reason of a skip to the tests it kept from running."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    found: dict[str, list[str]] = defaultdict(list)
    for report in reporter.stats.get("skipped", []) if reporter else []:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        found[reason.removeprefix("Skipped: ")].append(report.nodeid)
    return dict(found)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skip fails the run where everything is installed (PHONESYNC_ALLOW_NO_SKIP=1)."""
    if os.environ.get(SKIPS_FAIL) == "1" and session.exitstatus == 0 and skipped_tests(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Names what was skipped and, in the reason's own words, what to install for it."""
    skipped = skipped_tests(config)
    if not skipped:
        return
    terminalreporter.section("not run on this machine")
    for reason, tests in sorted(skipped.items()):
        terminalreporter.line(f"{len(tests)} skipped: {reason}")
        for test in sorted(set(tests)):
            terminalreporter.line(f"    {test}")
    if os.environ.get(SKIPS_FAIL) == "1":
        terminalreporter.line(f"{SKIPS_FAIL}=1: a skipped test is a failure here.", red=True)
