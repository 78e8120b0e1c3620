from tests.trained_project import project, train, trained

__all__ = ["project", "train", "trained"]
