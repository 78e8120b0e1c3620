"""Texts in, answers out: arguments, files and standard input; plain lines, colour on a terminal, JSON lines."""

import codecs
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer

from pipeline.core.errors import PipelineError

STANDARD_INPUT = Path("-")


def texts(given: str | None, file: Path | None) -> list[str]:
    """The text that was given, or the lines of a file or of standard input; empty lines are skipped.

    Raises:
        PipelineError: there is no text, or what there is is not UTF-8.
        typer.BadParameter: nothing was given, nor anything piped in; or a text and a file.
    """
    if given is not None and file is not None:
        raise typer.BadParameter("give a text or --file, not both")
    if given is not None:
        return _filled([checked(given)], "the text")
    if file is None and on_terminal():
        raise typer.BadParameter("give a text, or --file, or pipe texts in, one a line")
    file = file or STANDARD_INPUT
    return _lines(read(file), name_of(file))


def texts_if_any(given: str | None, file: Path | None) -> list[str] | None:
    """`texts`, or None if nothing is given and nothing comes from standard input."""
    if given is not None or file is not None:
        return texts(given, file)
    data = b"" if on_terminal() else read(STANDARD_INPUT)
    return _lines(data, name_of(STANDARD_INPUT)) if data else None


def _lines(data: bytes, where: str) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PipelineError(f"{where} is not UTF-8 text (byte {error.start}): convert it to UTF-8") from None
    return _filled(checked(text).replace("\r\n", "\n").split("\n"), where)


def _filled(found: list[str], where: str) -> list[str]:
    if not (filled := [text for text in found if text.strip()]):
        raise PipelineError(f"{where} is empty: give at least one text")
    return filled


def checked(text: str) -> str:
    """Refuse what is not text: half a character, where an argument was cut, or the zero bytes of other files."""
    try:
        text.encode()
    except UnicodeEncodeError:  # where the locale is not UTF-8, Python has escaped the bytes of an argument
        try:
            text = os.fsencode(text).decode()
        except UnicodeError:
            raise PipelineError("the text is not UTF-8: convert it to UTF-8") from None
    if "\0" in text:
        raise PipelineError("what was given is not text (it holds zero bytes): give a text file, one text a line")
    return text


def name_of(file: Path) -> str:
    """The name of a file, for people."""
    return "standard input" if file == STANDARD_INPUT else str(file)


def on_terminal() -> bool:
    """Whether no program feeds standard input: it is a terminal, or closed."""
    return sys.stdin is None or sys.stdin.isatty()


def read(file: Path) -> bytes:
    """The bytes of a file, or of standard input for `-`.

    Raises:
        PipelineError: standard input is closed.
        OSError: the file cannot be read.
    """
    if file != STANDARD_INPUT:
        return file.read_bytes()
    if sys.stdin is None:
        raise PipelineError("standard input is closed: name a file, or pipe something in")
    return sys.stdin.buffer.read()


def show(rows: Sequence[dict[str, Any]], line: Callable[[dict[str, Any]], str], as_json: bool) -> None:
    """Print a line for each row: as `line` words it, or as JSON, which escapes what the terminal cannot show."""
    unicode = codecs.lookup(sys.stdout.encoding).name == "utf-8"
    for row in rows:
        print(json.dumps(row, ensure_ascii=not unicode) if as_json else line(row))


def note(text: str) -> None:
    """Say something beside the answer, to people only."""
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
