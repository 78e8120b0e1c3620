"""Files that appear whole or not at all: written beside their place, synced, then renamed."""

import errno
import itertools
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import yaml

from pipeline.core.errors import PipelineError

YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same directory; it becomes `path` if the block succeeds."""
    temporary = _temporary(path)
    try:
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.filename in (None, str(temporary)):  # a full disk does not say where
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_directory(path: Path) -> Iterator[Path]:
    """Yield a temporary directory beside `path`; it becomes `path` if the block succeeds."""
    temporary = _temporary(path)
    temporary.mkdir()
    try:
        yield temporary
        for file in temporary.rglob("*"):
            if file.is_file():
                with file.open("rb+") as stream:
                    os.fsync(stream.fileno())
        before = _temporary(path, "before")  # a rename cannot replace a directory that holds files
        if path.exists():
            path.rename(before)
        try:
            temporary.rename(path)
        except OSError:
            if before.exists():
                before.rename(path)
            raise
        _remove(before)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary(path: Path, kind: str = "new") -> Path:
    """A name beside `path` that git and DVC ignore; what a killed process left under such a name goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in path.parent.glob(f".{path.name}.{kind}.*.tmp*"):  # SQLite leaves journals, too
        process = stale.suffixes[-2][1:]  # in a container, the killed one may have had our number
        if not process.isdecimal() or (int(process) != os.getpid() and psutil.pid_exists(int(process))):
            continue  # not ours, or of another that is at work
        _remove(stale)
    return path.parent / f".{path.name}.{kind}.{os.getpid()}.tmp"


def _remove(path: Path) -> None:
    """Remove a file, a folder, or a link to one: what it points to stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, holder: str = "", wait: bool = True) -> Iterator[None]:
    """Let one process at a time into the block; the lock of a process that dies is let go.

    Args:
        holder: for whom one waits, to say so.

    Raises:
        BlockingIOError: another process is in the block, and this one is not to wait.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        if not wait:
            raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK), str(path)) from None
        if holder:
            print(f"waiting for {holder}", file=sys.stderr, flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with LF line ends, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON; NaN and infinity are refused, for they are not JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read JSON, or say which file is missing or broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: build it with `{how_to_build(path)}`") from None
    except ValueError as error:
        raise PipelineError(f"{path} is not valid JSON ({error}): remove it and run `{how_to_build(path)}`") from None


def how_to_build(path: Path) -> str:
    """The command that builds a path, which is relative to the project: DVC takes a stage's name, not every path."""
    stage = next((stage for out, stage in _outputs() if path.is_relative_to(out)), None)
    return f"dvc repro {stage}" if stage else "dvc repro"


def _outputs() -> Iterator[tuple[str, str]]:
    """Every output in dvc.yaml, and the stage that writes it; none where there is no usable dvc.yaml."""
    try:
        stages = yaml.load(Path("dvc.yaml").read_text(encoding="utf-8"), YAML_LOADER)["stages"]
        for name, stage in stages.items():
            matrix = stage.get("matrix", {})
            outs = [out for kind in ("outs", "metrics", "plots") for out in stage.get(kind, ())]
            for values in itertools.product(*matrix.values()):
                for out in outs:
                    path = next(iter(out)) if isinstance(out, dict) else out
                    for key, value in zip(matrix, values, strict=True):
                        path = path.replace(f"${{item.{key}}}", value)
                    yield path, f"{name}@{'-'.join(values)}" if values else name
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError):
        return
