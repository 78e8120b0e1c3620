from tests.reported_project import evaluated, ready
from tests.trained_project import project, train, trained

__all__ = ["evaluated", "project", "ready", "train", "trained"]
