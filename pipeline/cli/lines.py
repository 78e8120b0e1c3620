"""Texts in, answers out: arguments, files and standard input; plain lines, colour on a terminal, JSON lines."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer

from pipeline.core.errors import PipelineError

COLOURS = {"PER": "yellow", "LOC": "green", "ORG": "cyan"}  # of entities; any other is magenta


def texts(given: str | None, file: Path | None) -> list[str]:
    """The text that was given, or the lines of a file or of standard input; empty lines are passed over.

    Raises:
        PipelineError: there is no text, or what there is is not UTF-8.
        typer.BadParameter: nothing was given, nor anything piped in; or a text and a file.
    """
    if given is not None and file is not None:
        raise typer.BadParameter("give a text or --file, not both")
    if given is None and file is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise typer.BadParameter("give a text, or --file, or pipe texts in, one a line")
        file = Path("-")
    if file is None:
        assert given is not None
        found, where = [_checked(given)], "the text"
    else:
        where = name_of(file)
        try:
            found = _checked(read(file).decode("utf-8-sig")).replace("\r\n", "\n").split("\n")
        except UnicodeDecodeError as error:
            raise PipelineError(f"{where} is not UTF-8 text (byte {error.start}): convert it to UTF-8") from None
    if not (found := [text for text in found if text.strip()]):
        raise PipelineError(f"{where} is empty: give at least one text")
    return found


def _checked(text: str) -> str:
    """Refuse what no text holds: half a character that an argument was cut to, or the zero bytes of other files."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PipelineError("the text is not UTF-8: convert it to UTF-8") from None
    if "\0" in text:
        raise PipelineError("what was given is not text (it holds zero bytes): give a text file, one text a line")
    return text


def name_of(file: Path) -> str:
    """What a file is called to people."""
    return "standard input" if str(file) == "-" else str(file)


def read(file: Path) -> bytes:
    """The bytes of a file, or of standard input for `-`."""
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def show(rows: Sequence[dict[str, Any]], line: Callable[[dict[str, Any]], str], as_json: bool) -> None:
    """Print a line a row: as `line` words it, or as JSON."""
    for row in rows:
        print(json.dumps(row, ensure_ascii=False) if as_json else line(row))


def note(text: str) -> None:
    """Say something beside the answer, to people alone."""
    if sys.stderr.isatty():
        print(styled(text, sys.stderr, dim=True), file=sys.stderr)


def styled(text: str, stream: Any = None, **style: Any) -> str:
    """Coloured where the stream (standard output) is a terminal, and NO_COLOR (no-color.org) is not set."""
    terminal = (sys.stdout if stream is None else stream).isatty()
    return typer.style(text, **style) if terminal and not os.environ.get("NO_COLOR") else text


def judged(answer: str, probability: float, text: str, colour: str = "cyan") -> str:
    """An answer, how sure the model is of it, and what it is about."""
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    return f"{styled(answer, fg=colour, bold=True)}  {probability:.1%}  {styled(shown, dim=True)}"


def marked(words: list[str], tags: list[str]) -> str:
    """The sentence with its entities in brackets, each with its type."""
    from pipeline.corpora.prepared.detokenise import detokenise

    groups: list[tuple[str, list[str]]] = []  # type, or nothing; and its words
    for word, tag in zip(words, tags, strict=True):
        kind = tag[2:]
        if tag.startswith("I-") and groups and groups[-1][0] == kind:
            groups[-1][1].append(word)
        else:
            groups.append((kind, [word]))
    pieces = [
        f"[{detokenise(inside)} {styled(kind, fg=COLOURS.get(kind, 'magenta'), bold=True)}]" if kind else inside[0]
        for kind, inside in groups
    ]
    return detokenise(pieces)
