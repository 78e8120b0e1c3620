"""The tracked project of tests/tracking."""

from tests.tracking.conftest import empty_store, project

__all__ = ["empty_store", "project"]
