"""A file that a user asked for by its path, written as `pipeline.core.files` writes."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.core.errors import PipelineError
from pipeline.core.files import replacing


@contextmanager
def user_file(path: Path) -> Iterator[Path]:
    """`replacing` for a path that a user named: a symbolic link stays one, a file keeps its mode and owner.

    Raises:
        PipelineError: there is something else than a file, such as a device.
    """
    target = Path(os.path.realpath(path))
    before = target.stat() if target.exists() else None
    if before is not None and not stat.S_ISREG(before.st_mode):
        raise PipelineError(f"{path} is not a regular file: name another")
    with replacing(target) as temporary:
        yield temporary
        if before is not None:
            with suppress(PermissionError):  # only root may give files away
                os.chown(temporary, before.st_uid, before.st_gid)
            temporary.chmod(stat.S_IMODE(before.st_mode))
