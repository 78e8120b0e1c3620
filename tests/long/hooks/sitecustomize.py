"""Python runs this at every start with this folder on its path, in the workers of a stage too.

TEST_HOOKS  what shall differ, separated by spaces:
    backwards    folders are listed in the opposite order, as another file system might
    later        time.time and time.time_ns are 400 days ahead; `datetime` and C code keep to the machine's clock
    uninstalled  the project installed in this environment is not found: only what is in the current folder is
"""

import os
import sys
import time

HOOKS = os.environ.get("TEST_HOOKS", "").split()

if "backwards" in HOOKS:
    listdir, scandir = os.listdir, os.scandir

    class Backwards:
        """What os.scandir gives: an iterator that is a context manager too."""

        def __init__(self, path="."):
            with scandir(path) as entries:
                self.entries = reversed(list(entries))

        def __iter__(self):
            return self

        def __next__(self):
            return next(self.entries)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.close()

        def close(self):
            self.entries = iter(())

    os.listdir = lambda path=".": listdir(path)[::-1]
    os.scandir = Backwards
    os.supports_fd |= {os.listdir, os.scandir}  # shutil asks

if "later" in HOOKS:
    LATER = 400 * 24 * 60 * 60
    time.time = lambda now=time.time: now() + LATER
    time.time_ns = lambda now=time.time_ns: now() + LATER * 10**9

if "uninstalled" in HOOKS:  # an editable installation is a finder and an entry that leads to it
    sys.meta_path[:] = [found for found in sys.meta_path if not found.__module__.startswith("__editable__")]
    sys.path[:] = [entry for entry in sys.path if not entry.startswith("__editable__")]
