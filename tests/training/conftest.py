"""The tracked project of tests/tracking; one thread, as a seed trains."""

from tests.exercises.conftest import one_thread
from tests.tracking.conftest import empty_store, project

__all__ = ["empty_store", "one_thread", "project"]
