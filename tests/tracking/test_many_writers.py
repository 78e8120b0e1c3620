"""Eight stages that track at once begin a SQLite file. tests/long/test_server.py has them fill a server."""

from tests.tracking.writers import SCORES, check, make_clones, write_at_once


def test_eight_stages_begin_and_fill_a_sqlite_file_at_once(tmp_path):
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert write_at_once(uri, make_clones(tmp_path)) == dict.fromkeys(SCORES, "")
    check(uri)
