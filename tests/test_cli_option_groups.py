"""Options declared once in a dataclass are options of every command that names it."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from changji_geo.cli.option_groups import with_option_groups


@dataclass(frozen=True)
class Where:
    county: Annotated[str | None, typer.Option("--county", "-c", help="县市")] = None
    names: Annotated[list[str] | None, typer.Option("--name")] = None


@dataclass(frozen=True)
class Which(Where):
    dropped: Annotated[bool, typer.Option("--dropped")] = False


@pytest.fixture
def run():
    said = []
    app = typer.Typer()

    @app.command()
    @with_option_groups
    def show(*, place: Annotated[str, typer.Argument()], which: Which, year: int = 2025) -> None:
        said.append((place, which, year))

    def call(*words):
        said.clear()
        assert CliRunner().invoke(app, words).exit_code == 0
        return said[0]

    return call


def test_a_command_gets_the_group_as_one_value_with_its_defaults(run):
    assert run("甲") == ("甲", Which(), 2025)


def test_fields_of_the_group_and_of_the_one_it_extends_are_options(run):
    words = ("甲", "-c", "奇台县", "--name", "a", "--name", "b", "--dropped", "--year", "2026")
    assert run(*words) == ("甲", Which("奇台县", ["a", "b"], True), 2026)


def test_the_options_stand_in_the_help_where_the_group_stood():
    @with_option_groups
    def show(*, first: int, which: Which, last: int = 0) -> None: ...

    app = typer.Typer()
    app.command()(show)
    command = typer.main.get_command(app)
    assert [p.name for p in command.params][:5] == ["first", "county", "names", "dropped", "last"]
