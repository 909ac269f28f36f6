"""The rules of CONTRIBUTING.md that a machine can check."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = sorted(
    path
    for folder in ("phonesync", "drivers", "tools", "bench", "tests/toyvendor")
    for path in (ROOT / folder).rglob("*.py")
)
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
# The outermost line of the agent and of the command line, where a bug becomes a log line or exit code 70.
MAY_CATCH_EVERYTHING = {
    "phonesync/cli/app.py": 1,
    "phonesync/agent/agent.py": 1,
    "phonesync/agent/joining.py": 1,  # sets the entry aside that joining stumbles over
    "phonesync/testing/checks/subject.py": 1,  # whatever a driver under test raises is a finding
    "phonesync/agent/writer.py": 1,  # hands every error on to the task that waits for it
}
GENERATED = {
    ".git",
    "node_modules",
    "vendor",
    ".venv",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "build",
    "dist",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@lru_cache(maxsize=8)
def walked(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All nodes, which each rule looks through."""
    return tuple(ast.walk(tree))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in walked(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code: a docstring may be as long as it needs to be."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def imported(path: Path, tree: ast.Module | None = None) -> Iterator[str]:
    for node in walked(tree or parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(
                path.relative_to(ROOT).parent.parts[: None if node.level < 2 else 1 - node.level]
            )
            base = ".".join(filter(None, (package if node.level else "", node.module or "")))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def tracked_files() -> list[Path]:
    """The files of the repository; without git, all but the generated ones."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and not GENERATED.intersection(path.relative_to(ROOT).parts)
        and ".egg-info" not in str(path)
    ]


def too_large(path: Path, text: str, tree: ast.Module) -> Iterator[str]:
    lines = len(text.splitlines())
    if lines >= LONGEST_MODULE:
        yield f"has {lines} lines"
    if "versions" in path.parts:
        return  # a migration is a list of columns, as Alembic writes it
    for function in functions(tree):
        if length(function) >= LONGEST_FUNCTION:
            yield f"has a function of {length(function)} lines, {function.name}"


def caught_wholesale(path: Path, _text: str, tree: ast.Module) -> Iterator[str]:
    """Everything is caught at the outermost line only."""
    wholesale = [
        node.lineno
        for node in walked(tree)
        if isinstance(node, ast.ExceptHandler)
        and any(
            kind is None or getattr(kind, "id", "") in {"Exception", "BaseException"}
            for kind in (node.type.elts if isinstance(node.type, ast.Tuple) else [node.type])
        )
    ]
    if len(wholesale) > MAY_CATCH_EVERYTHING.get(name_of(path), 0):
        yield f"catches everything in lines {wholesale}"


def is_protocol(node: ast.ClassDef) -> bool:
    return any("Protocol" in ast.unparse(base) for base in node.bases)


def is_hollow(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    last = function.body[-1]
    return (
        isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant) and last.value.value is Ellipsis
    )


def stubs(_path: Path, text: str, tree: ast.Module) -> Iterator[str]:
    """No stub stands for work."""
    contracts = {
        id(function)
        for node in walked(tree)
        if isinstance(node, ast.ClassDef) and is_protocol(node)
        for function in functions(node)
    }
    found = [node.lineno for node in walked(tree) if isinstance(node, ast.Pass)]
    found += [
        function.lineno
        for function in functions(tree)
        if is_hollow(function)
        and id(function) not in contracts
        and not any("overload" in ast.unparse(decorator) for decorator in function.decorator_list)
    ]
    if "NotImplementedError" in text:
        found += [
            node.lineno
            for node in walked(tree)
            if isinstance(node, ast.Raise) and node.exc and "NotImplementedError" in ast.unparse(node.exc)
        ]
    if found:
        yield f"has stubs in lines {found}"


# The commands that offer the kit for driver authors (docs/adr/0024).
OFFER_THE_KIT = {"phonesync/cli/capture.py", "phonesync/cli/fixtures.py"}


def strange_imports(path: Path, _text: str, tree: ast.Module) -> Iterator[str]:
    """The product imports neither drivers nor tests nor the kit."""
    if not name_of(path).startswith("phonesync/"):
        return
    names = [
        name for name in imported(path, tree) if re.match(r"(drivers|tests|phonesync\.testing)(\.|$)", name)
    ]
    if name_of(path).startswith("phonesync/testing/") or name_of(path) in OFFER_THE_KIT:
        names = [name for name in names if not name.startswith("phonesync.testing")]
    if names:
        yield f"imports {names}"


RULES = (too_large, caught_wholesale, stubs, strange_imports)


@pytest.mark.parametrize(
    "part", sorted({"/".join(path.relative_to(ROOT).parts[:-1][:2]) for path in PRODUCT})
)
def test_every_module_is_small_catches_with_care_stands_for_work_and_imports_downwards(part):
    found = []
    for path in PRODUCT:
        if "/".join(path.relative_to(ROOT).parts[:-1][:2]) == part:
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text, str(path))
            found += [f"{name_of(path)} {fault}" for rule in RULES for fault in rule(path, text, tree)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "text", "fault"),
    [
        (too_large, "x = 1\n" * LONGEST_MODULE, f"has {LONGEST_MODULE} lines"),
        (
            too_large,
            "def f():\n" + "    x = 1\n" * LONGEST_FUNCTION,
            f"has a function of {LONGEST_FUNCTION + 1} lines, f",
        ),
        (
            caught_wholesale,
            "try:\n    x\nexcept (OSError, Exception):\n    x",
            "catches everything in lines [3]",
        ),
        (caught_wholesale, "try:\n    x\nexcept:\n    x", "catches everything in lines [3]"),
        (stubs, "def f():\n    ...", "has stubs in lines [1]"),
        (stubs, "def f():\n    pass", "has stubs in lines [2]"),
        (stubs, "raise NotImplementedError('later')", "has stubs in lines [1]"),
        (strange_imports, "from tests import people", "imports ['tests.people']"),
    ],
)
def test_each_rule_finds_out_who_breaks_it(rule, text, fault):
    assert list(rule(ROOT / "phonesync" / "model.py", text, ast.parse(text))) == [fault]


UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
ADDRESSES = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org"
    r"|(?<![\w.])--?(?:extra-)?index-url\s*[=\s]\s*\S*:|(?<![\w/.])/(?:work|root|home|Users|opt)/\w"
)


def test_tracked_files_name_no_unfinished_work_no_machine_and_no_registry():
    found = []
    for path in tracked_files():
        if path == Path(__file__).resolve():
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if ADDRESSES.search(line) or (path.suffix == ".py" and UNFINISHED.search(line)):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


DRIVERS = sorted((ROOT / "drivers").glob("*/**/*.py"))
# The worked example of the how-to; its broken copies reach for more.
EXAMPLE = sorted(
    path for path in (ROOT / "tests" / "toyvendor").glob("*.py") if not path.name.endswith("mutants.py")
)
OURS_FOR_DRIVERS = ("phonesync.driver", "phonesync.model", "phonesync.errors")


@pytest.mark.parametrize("path", DRIVERS + EXAMPLE, ids=name_of)
def test_a_driver_stands_on_the_contract_and_the_standard_library(path):
    own = ".".join(path.relative_to(ROOT).parts[:2])
    strangers = [
        name
        for name in imported(path)
        if not any(name == ours or name.startswith(f"{ours}.") for ours in (*OURS_FOR_DRIVERS, own))
        and name.split(".")[0] not in sys.stdlib_module_names
        # The phone's side of a sign-in; phonesync.driver offers ours.
        and not (path.name.startswith("emulator") and name.startswith("cryptography."))
    ]
    assert not strangers, f"{name_of(path)} imports {strangers}"


def test_the_folder_of_drivers_is_a_namespace():
    assert DRIVERS, "no driver found"
    assert not (ROOT / "drivers" / "__init__.py").exists()
