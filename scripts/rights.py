"""Write docs/reference/rights.md from the tables of roles and addresses; ``--check`` tells whether it is theirs."""

import sys
from collections.abc import Iterator
from pathlib import Path

from collega.formats.access_words import ACTIONS, ROLES
from collega.model.access import BY_BREAKING_GLASS, BY_TOKEN, RIGHTS, Action, PersonRole
from collega.model.token import TokenRight
from collega.web.access import ACCESS, ByWord, Need, Open

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "rights.md"
HEAD = """# Rights

Written by `python -m scripts.rights` from the tables that the server asks. [How people sign in](../how-to/sign-in.md).

## Who may do what

| Right | Meaning | {roles} |
|---|---|{lines}|
{rows}

A program shows a [service token](commands.md), and may do what the token's rights name:

| Right of the token | What it gives |
|---|---|
{tokens}

By [emergency access](../how-to/sign-in.md) the rights of {glass} can be had for a limited time.

Figures about single readers are seen by that reader alone; others see groups of five readers or more
(`collega.measure.reader_groups`).

## What each address asks for

An address that does not stand here is for nobody. *anyone*: no right is asked for. *its own token*: the address or the
call holds a secret of its own. *this machine*: programs of this machine, without signing in.

| Address | Right |
|---|---|
{addresses}
"""


def page() -> str:
    """Write the page."""
    return HEAD.format(
        roles=" | ".join(ROLES[role].en for role in PersonRole),
        lines="|".join("---" for _ in PersonRole),
        rows="\n".join(_row(action) for action in Action),
        tokens="\n".join(f"| `{right}` | {_listed(right)} |" for right in TokenRight),
        glass=", ".join(ROLES[role].en for role in BY_BREAKING_GLASS),
        addresses="\n".join(_addresses()),
    )


def _listed(right: TokenRight) -> str:
    return ", ".join(f"`{action}`" for action in Action if action in BY_TOKEN[right])


def _row(action: Action) -> str:
    cells = " | ".join("yes" if action in RIGHTS[role] else "" for role in PersonRole)
    return f"| `{action}` | {ACTIONS[action].en} | {cells} |"


def _addresses() -> Iterator[str]:
    for (method, path), need in ACCESS.items():
        yield f"| `{method} {path}` | {_word(need)} |"


def _word(need: Need) -> str:
    if isinstance(need, ByWord):
        return ", ".join(f"`{action}` for *{word}*" for word, action in need.actions.items())
    return f"*{need}*" if isinstance(need, Open) else f"`{need}`"


def main() -> int:
    """Write the page, or compare."""
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
