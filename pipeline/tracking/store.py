"""Where MLflow keeps the runs: a SQLite file in the project, or what MLFLOW_TRACKING_URI names."""

import logging
import os
import random
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

from pipeline.core.errors import PipelineError
from pipeline.core.files import locked, replacing
from pipeline.registry import declaration

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
# File systems of several machines. 9p is none: virtual machines, WSL among them, show their host's disk by it.
NETWORKS = re.compile(
    r"(fuse\.)?(afpfs|afs|beegfs|ceph|cifs|davfs|fhgfs|glusterfs|gpfs|juicefs|lustre|ncpfs|nfs\d?|orangefs|panfs|pvfs2|"
    r"rclone|s3fs|smb\w+|sshfs|webdav)"
)
FIRST_SECONDS = "4"  # to wait for a server's first answer, in each of two attempts
PATIENT_SECONDS = "10"  # for each later one
COLLIDING_SECONDS = 10.0  # to repeat a write that another stage's write collided with
ANEW = "move mlflow.db away to begin a new one, which `make track` fills with the results"


class Store(NamedTuple):
    """An open store and an experiment in it."""

    client: "MlflowClient"
    experiment: str  # id
    uri: str


def connect(experiment: str) -> Store:
    """Open the store and find or make the exercise's experiment in it.

    Raises:
        PipelineError: the store cannot be reached or used, or is a SQLite file on a network file system; this takes
            seconds, not minutes. Or the exercise's declaration is wrong.
    """
    local = f"sqlite:///{Path.cwd() / 'mlflow.db'}"
    uri = os.environ.get("MLFLOW_TRACKING_URI") or local
    question = declaration(experiment).question
    database = uri.startswith(DATABASES)
    # A server knows where artifacts go; a database does not, and MLflow's own default depends on the current directory.
    root = _file(uri).absolute().parent if uri.startswith("sqlite") else Path.cwd()
    location = (root / "mlartifacts" / experiment).as_uri() if database else None
    if uri.startswith("sqlite"):
        refuse_network(_file(uri), psutil.disk_partitions(all=True))
    try:
        with _settings(), _one_at_a_time(uri):
            if uri.startswith("sqlite") and not _file(uri).exists():
                _make(_file(uri))
            if database:
                _probe(uri)
            client, found = _find_or_create(uri, experiment, question, location)
    except Exception as error:
        raise PipelineError(f"MLflow cannot use {shown(uri)}: {reason(error)}; {_advice(uri == local)}") from None
    if uri == local and found.artifact_location != location:
        raise PipelineError(
            f"mlflow.db was made elsewhere and keeps its artifacts in {found.artifact_location}; "
            f"move the project back, or {ANEW}"
        )
    return Store(client, found.experiment_id, uri)


def refuse_network(database: Path, mounts: Sequence[Any]) -> None:
    """See that a SQLite file is on a disk of this machine: elsewhere its locks may not hold, and writers destroy it.

    Args:
        mounts: each with its `mountpoint` and `fstype`, in the order in which they were mounted.

    Raises:
        PipelineError: it is on a network file system.
    """
    folder = database.resolve().parent
    below = [mount for mount in reversed(mounts) if folder.is_relative_to(mount.mountpoint)]
    # The longest path is the nearest mount; of several on one folder the last hides the others.
    nearest = max(below, key=lambda mount: len(Path(mount.mountpoint).parts), default=None)
    if nearest is not None and NETWORKS.fullmatch(nearest.fstype):
        raise PipelineError(
            f"{database} would be on a network file system ({nearest.fstype} at {nearest.mountpoint}), where SQLite "
            "can lose runs; set MLFLOW_TRACKING_URI to a server, see docs/tracking.md, or to a file on a disk of this "
            "machine: sqlite:////FOLDER/mlflow.db"
        )


def persistently(step: Callable[[], None]) -> None:
    """Run a step that may be repeated, and do so for some seconds if it fails.

    Where stages write at the same time, MLflow fails for some of them. It looks whether a data set or an alias is
    there, and adds it although another stage did so in between. It tries only three times to number a version.

    Raises what MLflow raises.
    """
    from mlflow.exceptions import MlflowException

    deadline = time.monotonic() + COLLIDING_SECONDS
    while True:
        try:
            return step()
        except MlflowException:
            if time.monotonic() > deadline:  # also when a server does not answer: that took longer already
                raise
        time.sleep(random.uniform(0.05, 0.5))


def shown(uri: str) -> str:
    """The URI without a password."""
    return re.sub(r"//.*@", "//***@", uri)  # a password may hold / and @ too


def reason(error: BaseException) -> str:
    """What went wrong, in one line: the message of the innermost cause, which is the shortest."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    cause = getattr(error, "reason", None) or error
    if isinstance(cause, shutil.Error):  # of many files, each with its reason
        cause = cause.args[0][0][-1]
    text = re.sub(r"<[^>]* at 0x[0-9a-f]+>:? ?", "", str(cause)).strip()
    return textwrap.shorten(text.splitlines()[0], 220, placeholder=" ...") if text else type(error).__name__


def warn(message: str) -> None:
    """One line on stderr."""
    print(f"warning: {message}", file=sys.stderr, flush=True)


def _advice(local: bool) -> str:
    if local:
        return f"see that it can be written, or {ANEW}"
    return "start that server, or unset MLFLOW_TRACKING_URI to track in mlflow.db here"


@contextmanager
def _settings() -> Iterator[None]:
    """Silence MLflow, and wait only briefly for a server until it has answered once. What the user has set stays."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    chosen = os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT")
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = chosen or FIRST_SECONDS
    import mlflow  # noqa: F401  (its import sets the level of its loggers: ours come after)

    for name in ("mlflow", "alembic", "sqlalchemy", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = chosen or PATIENT_SECONDS


def _one_at_a_time(uri: str) -> AbstractContextManager[None]:
    """A lock beside a SQLite file: its first user makes the tables, and two at once would collide."""
    if not uri.startswith("sqlite"):
        return nullcontext()
    return locked(Path(f"{_file(uri)}.lock"))


def _file(uri: str) -> Path:
    """The file of a SQLite store."""
    return Path(uri.split("///", 1)[-1])


def _make(file: Path) -> None:
    """Create a SQLite store, whole or not at all: MLflow cannot use one that has half of its tables."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with replacing(file) as temporary:
        store = SqlAlchemyStore(f"sqlite:///{temporary}", (file.parent / "mlartifacts").as_uri())
        store.engine.dispose()


def _probe(uri: str) -> None:
    """Connect once, and for SQLite ask for the right to write. MLflow itself would try ten times, for 100 seconds."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(uri)
    with engine.connect() as connection:
        if uri.startswith("sqlite"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    engine.dispose()


def _find_or_create(uri: str, name: str, description: str, location: str | None) -> tuple["MlflowClient", "Experiment"]:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    client = MlflowClient(uri, uri)
    found = client.get_experiment_by_name(name)
    if found is None:
        tags = {"mlflow.note.content": description, "mlflow.experimentKind": "custom_model_development"}
        try:
            return client, client.get_experiment(client.create_experiment(name, location, tags))
        except MlflowException:
            found = client.get_experiment_by_name(name)
            if found is None:  # otherwise another stage was faster
                raise
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return client, found
