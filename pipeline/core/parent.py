"""A process that another one started, and that must not outlive it."""

import os
import threading
import time

LOOK = 0.5  # seconds between two looks at whether the parent is there


def end_with(parent: int) -> None:
    """End this process when the one that started it, by its number, is gone, be it killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
