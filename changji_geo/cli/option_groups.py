"""A group of options that several commands take, declared once as a dataclass -> the options of each command."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints


def with_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameters that are dataclasses have become the options that their fields declare.

    Parameters
    ----------
    command : callable
        Its parameters are keyword-only; those typed as a dataclass are groups. A group's fields have defaults and are typed
        ``Annotated[..., typer.Option(...)]``, as the parameters of a command are.

    Returns
    -------
    callable
        What typer reads and calls: the fields stand where the group stood, in their order.

    Examples
    --------
    >>> @dataclasses.dataclass
    ... class Where:
    ...     county: str = "全州"
    >>> @with_option_groups
    ... def count(*, year: int, where: Where) -> None:
    ...     print(year, where.county)
    >>> str(inspect.signature(count))
    "(*, year: int, county: str = '全州')"
    >>> count(year=2025, county="奇台县")
    2025 奇台县
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if dataclasses.is_dataclass(hint) and isinstance(hint, type)}

    @functools.wraps(command)
    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in dataclasses.fields(group)})
        command(**given)

    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        group = groups.get(parameter.name)
        parameters += [parameter.replace(annotation=hints[parameter.name])] if group is None else _options(group)
    vars(run)["__signature__"] = inspect.Signature(parameters)
    return run


def _options(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in dataclasses.fields(group)
    ]
