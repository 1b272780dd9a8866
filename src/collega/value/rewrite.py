"""A case with measured inputs in place of those that the file had: every other line stays as people wrote it."""

from collections.abc import Iterable

from collega.value.case import Input
from collega.value.toml_lines import lines_of


def written(item: Input, digits: int = 6) -> str:
    """Write an input as one line."""
    said = [f"value = {item.value:.{digits}g}"]
    if item.counts:
        said = [f"counts = [{item.counts[0]}, {item.counts[1]}]"]
    elif item.low < item.high:
        said += [
            f"low = {item.low:.{digits}g}",
            f"high = {item.high:.{digits}g}",
            f'distribution = "{item.distribution}"',
        ]
    said += [f'source = "{item.source}"', f'from = "{item.origin}"', f"date = {item.on}"]
    return f"{item.name.rpartition('.')[2]} = {{ {', '.join(said)} }}"


def with_inputs(text: str, items: Iterable[Input], digits: int = 6) -> str:
    """Replace the line of each input, or add it below the head of its section."""
    for item in items:
        found, lines = lines_of(text), text.splitlines()
        section = item.name.rpartition(".")[0]
        if item.name in found and not lines[found[item.name] - 1].lstrip().startswith("["):
            lines[found[item.name] - 1] = written(item, digits)
        elif item.name in found:
            # A table of its own: its keys go with it.
            begin = found[item.name] - 1
            end = next((n for n in range(begin + 1, len(lines)) if lines[n].startswith("[")), len(lines))
            table = [f"[{item.name}]", *written(item, digits).partition("{ ")[2].removesuffix(" }").split(", "), ""]
            lines[begin:end] = _apart(table)
        elif section in found:
            lines.insert(found[section], written(item, digits))
        else:
            lines += ["", f"[{section}]", written(item, digits)]
        text = "\n".join(lines) + "\n"
    return text


def _apart(lines: list[str]) -> list[str]:
    """Put what was split within brackets or quotes together again."""
    whole: list[str] = []
    for line in lines:
        is_open = bool(whole) and (whole[-1].count('"') % 2 == 1 or whole[-1].count("[") > whole[-1].count("]"))
        if is_open:
            whole[-1] += f", {line}"
        else:
            whole.append(line)
    return whole
