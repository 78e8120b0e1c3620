"""Recurrent networks, reproducibly: the stages behind dvc.yaml."""
