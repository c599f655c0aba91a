"""The house law that imports cannot show, and that the import contracts break when they should."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import meta

from market import doorbell
from market.local import ROOT

MARKET = ROOT / "market"
# How views call commands that stand in a file of their own.
WRITES = (
    "commands.", "basket.", "slips.", "bank_lines.accept", "bank_files.", "member_shares.",
    "group_accounts.enter", "group_accounts.confirm", "payouts.", "refunding.", "cases.remedy",
    "give_link",
)  # fmt: skip
# Files that are the edge, or several transactions; and two that are handed a session all the same.
EDGE = {"views", "forms", "cli", "flows", "web", "app", "local", "run", "db"}
AT_THE_EDGE = {"reports/asking.py", "accounts/sample.py"}  # reads an address; hashes passwords
STRAYS = re.compile(
    r"(flask\w*|celery|kombu|redis|stripe|smtplib)(\..+)?"
    r"|market\.(app|web|doorbell)(\..+)?|market\..+\.(gateway|views|forms)(\..+)?"
)
# One bad import per contract: file below market/, line planted at its end.
PLANTED = {
    "1 rules, policy and the engine are pure": ("orders/rules.py", "import flask"),
    "1 the web never imports the solver": (
        "orders/views.py",
        "import market.matching.engine.solver",
    ),
    "2 models import SQLAlchemy and rules": ("orders/models.py", "import market.orders.commands"),
    "3 commands and queries know no Flask, Celery or gateway": (
        "orders/commands.py",
        "import celery",
    ),
    "4 flows are handed their gateway": ("orders/flows.py", "import market.orders.gateway"),
    "5 gateways alone import a vendor": ("orders/queries.py", "import stripe"),
    "6 views alone import Flask": ("orders/gateway.py", "import flask"),
    "6 views hold no model and no SQL": ("payments/desk/views.py", "import market.places.models"),
    "7 subjects lean left only": ("accounts/rules.py", "import market.orders.rules"),
    "8 the market never imports its workers": ("thai.py", "import workers.app"),
}


def test_every_import_contract_breaks_on_a_planted_import(tmp_path):
    for package in ("market", "workers"):
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, line in PLANTED.values():
        with (tmp_path / "market" / name).open("a") as file:
            file.write(f"\n{line}\n")

    answer = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    broken = {line.removesuffix(" BROKEN") for line in answer.stdout.splitlines()}
    assert set(PLANTED) <= broken, answer.stdout + answer.stderr


def test_nobody_commits_but_the_edge():
    for path in sources("**/*.py"):
        if path == MARKET / "db.py":
            continue
        found = [
            call.lineno for call in calls(tree(path)) if name_of(call) in ("commit", "rollback")
        ]
        assert not found, f"{path}: the edge owns the transaction, see lines {found}"


def test_whoever_is_handed_the_session_takes_it_first():
    for path in sources("*/**/*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args + node.args.kwonlyargs]
                names = names[1:] if names[:1] == ["self"] else names
                assert "session" not in names[1:], f"{path}:{node.lineno} {node.name}"


def test_views_hold_no_sql():
    for path in sources("**/views.py"):
        found = [c.lineno for c in calls(tree(path)) if name_of(c) in ("select", "text", "execute")]
        assert not found, f"{path}: ask a query instead, see lines {found}"


def test_only_db_touches_the_session_of_the_library():
    for path in sources("**/*.py"):
        if path == MARKET / "db.py":
            continue
        found = [
            node.lineno
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute)
            and node.attr == "session"
            and ast.unparse(node) == "db.session"
        ]
        assert not found, f"{path}: use transaction() or reading(), see lines {found}"


def test_views_call_commands_inside_a_transaction_and_ring_after_it():
    writes = 0
    for path in sources("**/views.py"):
        commands = imported_from(tree(path), ".commands")
        for call, has_session in calls_with_place(tree(path)):
            where = f"{path}:{call.lineno} {name_of(call)}"
            if name_of(call)[:1].isupper():
                continue  # a dataclass: what a command is handed, made before the transaction
            if name_of(call) in commands or ast.unparse(call.func).startswith(WRITES):
                writes += 1
                assert has_session, f"{where} writes outside `with transaction()`"
            if name_of(call) == "ring":
                assert not has_session, f"{where} rings before the commit"
    assert writes > 20, "the check no longer sees how views call commands"


def test_whoever_is_handed_a_session_knows_no_web_no_queue_and_no_vendor():
    """Contract 3 for commands and queries that stand in files of other names."""
    checked = 0
    for path in sources("**/*.py"):
        inner = path.relative_to(MARKET)
        if path.stem in EDGE or "flows" in inner.parts or inner.as_posix() in AT_THE_EDGE:
            continue
        if is_handed_a_session(tree(path)):
            checked += 1
            assert not strays_in(tree(path)), f"{path}: this belongs to the edge"
    assert checked > 200, "the check no longer sees who is handed a session"


@pytest.mark.parametrize(
    "source",
    ["from flask import request", "import celery", "from market.orders import gateway",
     "from market.doorbell import ring", "def f():\n    import stripe.error"],
)  # fmt: skip
def test_the_check_of_strays_itself_sees_one(source):
    assert strays_in(ast.parse(source))
    assert not strays_in(ast.parse("from market.orders.queries import formsheet"))


def test_rules_read_no_clock_no_chance_and_no_environment():
    forbidden = {"utc_now", "now", "today", "time", "monotonic", "environ", "getenv", "token_hex"}
    for path in sources(
        "**/rules.py",
        "policy.py",
        "principals.py",
        "orders/seating.py",
        "rounds/fairness.py",
        "matching/engine/*.py",
    ):
        found = [
            f"{node.lineno}: {ast.unparse(node)}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and name_of(node) in forbidden
        ]
        assert not found, f"{path}: pass it as an argument, see {found}"


def test_the_web_process_does_not_load_the_solver(settings):
    program = (
        "import os, sys; from config import Config; from market.app import create_app\n"
        "create_app(Config.from_env(os.environ))\n"
        "sys.exit(str([n for n in ('ortools', 'highspy') if n in sys.modules] or ''))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stderr.strip() in ("", "[]"), answer.stderr


def test_every_name_on_the_doorbell_is_a_registered_task(celery):
    names = {
        value
        for name, value in vars(doorbell).items()
        if name.isupper() and isinstance(value, str) and "." in value
    }
    assert names
    assert names <= set(celery.tasks)


@pytest.mark.parametrize("source", ["with transaction() as s:\n    place(s)", "place(s)"])
def test_the_transaction_check_itself_tells_inside_from_outside(source):
    ((call, has_session),) = [
        pair for pair in calls_with_place(ast.parse(source)) if name_of(pair[0]) == "place"
    ]
    assert has_session == source.startswith("with"), call.lineno


def test_no_page_is_given_a_name_that_the_frame_sets_for_itself(app: Flask) -> None:
    """What base.html sets wins inside blocks: a view's value of that name is not seen there."""
    templates = ROOT / "templates"
    own = set(re.findall(r"{%-?\s*set (\w+)", (templates / "base.html").read_text()))
    hidden = {}
    for path in sorted(templates.rglob("*.html")):
        words = path.read_text()
        if "{% extends" in words:
            asked = meta.find_undeclared_variables(app.jinja_env.parse(words))
            hidden[path.name] = asked & own - {"lang"}  # the page's language, meant to be used
    assert len(hidden) > 100
    assert {name: found for name, found in hidden.items() if found} == {}


def sources(*patterns: str) -> Iterator[Path]:
    """The market's files of these patterns, migrations left out; each pattern finds some."""
    for pattern in patterns:
        found = [path for path in sorted(MARKET.glob(pattern)) if "migrations" not in path.parts]
        assert found, f"no file is called {pattern}"
        yield from found


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text())


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Every call below a node."""
    return (child for child in ast.walk(node) if isinstance(child, ast.Call))


def name_of(call: ast.Call) -> str:
    """`f` for `f()` and for `a.b.f()`."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def imported_from(module: ast.Module, ending: str) -> set[str]:
    """The names that a module takes from modules whose name ends like this."""
    return {
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(ending)
        for alias in node.names
    }


def is_handed_a_session(module: ast.Module) -> bool:
    """Has it a function whose first argument is a session of the database?"""
    return "Session" in imported_from(module, "sqlalchemy.orm") and any(
        isinstance(node, ast.FunctionDef) and [arg.arg for arg in node.args.args][:1] == ["session"]
        for node in module.body
    )


def strays_in(module: ast.Module) -> list[str]:
    """What it imports that only the edge may know."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name for name in found if STRAYS.fullmatch(name)]


def calls_with_place(node: ast.AST, inside: bool = False) -> Iterator[tuple[ast.Call, bool]]:
    """Each call, and whether a transaction is open there: `with transaction()`, or handed in."""
    if isinstance(node, ast.With):
        inside = inside or any(
            isinstance(item.context_expr, ast.Call) and name_of(item.context_expr) == "transaction"
            for item in node.items
        )
    if isinstance(node, (ast.FunctionDef, ast.Lambda)):
        inside = any(argument.arg == "session" for argument in node.args.args)
    if isinstance(node, ast.Call):
        yield node, inside
    for child in ast.iter_child_nodes(node):
        yield from calls_with_place(child, inside)
