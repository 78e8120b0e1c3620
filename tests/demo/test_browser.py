"""A real browser clicks on each part of the page that the command serves."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.demo.browser import CHROMIUM, browser

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "pipeline.cli", "demo", "--no-browser"]


@pytest.fixture(scope="module")
def served(asked_project):
    """The address of the page, and its process."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(COMMAND, cwd=asked_project, env=environment, stdout=-1, stderr=-1, text=True)
    said = process.stdout.readline()
    yield re.match(r"(http://127\.0\.0\.1:\d+) ", said)[1], process
    if process.poll() is None:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium to look with: apt-get install chromium")
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def tried(tab, part):
    """Click on a part's button, and give the answer's HTML."""
    tab.click(f"#{part} [type=submit]")
    box = f"document.querySelector('#{part} .answer')"
    tab.until(f"{box}.getAttribute('aria-busy') === 'false' && {box}.innerHTML")
    found = tab.value(f"{box}.innerHTML")
    assert 'class="error"' not in found
    return found


def count(tab, selector):
    return tab.value(f"document.querySelectorAll({selector!r}).length")


@pytest.mark.parametrize(("width", "language"), [(1200, "en"), (390, "es")])
def test_a_click_on_each_part(served, tab, width, language):
    tab.open(f"{served[0]}/{language}", width=width, touch=width < 500)
    assert tried(tab, "tagging").count("<article>") == 2
    found = tried(tab, "pooling")
    assert found.count("<article>") == 3 and found.count('class="read"') == 1 and "shade" in found
    assert tried(tab, "translation").count("<article>") == 3
    assert tab.value("document.querySelector('#translation article').querySelector('.looks')") is None
    assert tried(tab, "next_value").count("<polyline") == 4
    assert tried(tab, "parity").count("<g data-step") == 7
    assert tried(tab, "char_lm").startswith('<pre class="written"')
    assert tab.value("document.documentElement.scrollWidth <= innerWidth")  # nothing is cut off at the side
    assert tab.said == [] and all(url.startswith((served[0], "data:")) for url in tab.requested)


def test_the_word_under_the_pointer_shows_where_the_decoder_looked(served, tab):
    tab.open(f"{served[0]}/en")
    tried(tab, "translation")
    pair = "#translation article:nth-child(2) .looks"
    tab.point(f"{pair} p:last-child span:nth-of-type(2)")
    tab.until(f"document.querySelector('{pair} p:last-child span:nth-of-type(2)').classList.contains('at')")
    shown = tab.value(
        f"[...document.querySelectorAll('{pair} [data-row=source]')].map(w => w.style.getPropertyValue('--s'))"
    )
    weights = tab.value(f"document.querySelector('{pair} .at').dataset.weights").split(" ")
    assert shown == [f"{float(weight):g}" for weight in weights] and abs(sum(map(float, shown)) - 1) < 0.05
    tab.point("h1")
    tab.until(f"!document.querySelector('{pair} .shade')")


def test_the_state_is_drawn_step_by_step(served, tab):
    tab.open(f"{served[0]}/en")
    tried(tab, "parity")
    hidden = "#parity g.later"
    assert count(tab, hidden) > 0  # it begins with the first digit
    tab.until(f"document.querySelectorAll('{hidden}').length === 0")
    tab.value(
        """(() => { const it = document.querySelector("#parity .answer input"); it.value = 2;
        it.dispatchEvent(new Event("input")); })()"""
    )
    assert count(tab, hidden) == 5 and tab.value("document.querySelector('#parity g.now').dataset.step") == "2"


def test_the_step_that_is_drawn_is_in_sight(served, tab):
    tab.open(f"{served[0]}/en", width=390, touch=True)
    tab.click("#parity [data-fill]:nth-of-type(3)")
    tab.until("document.querySelectorAll('#parity .note').length === 1")
    tab.until("document.querySelectorAll('#parity g').length === 20 && !document.querySelector('#parity g.later')")
    assert tab.value("document.querySelector('#parity g.now').getBoundingClientRect().right <= innerWidth")


def test_text_streams_until_it_is_stopped(served, tab):
    tab.open(f"{served[0]}/en")
    tab.click("#char_lm [type=submit]")
    written = "document.querySelector('#char_lm .answer').textContent.length"
    tab.until(f"{written} > 12")
    assert tab.value("document.querySelector('#char_lm [type=submit]').textContent") == "Stop"
    tab.click("#char_lm [type=submit]")
    tab.until("document.querySelector('#char_lm .answer').getAttribute('aria-busy') === 'false'")
    assert 12 < tab.value(written) < 400


def test_an_example_is_a_click(served, tab):
    tab.open(f"{served[0]}/en")
    tab.click("#parity [data-fill]:nth-of-type(2)")
    tab.until("document.querySelectorAll('#parity g').length === 10")
    assert tab.value("document.querySelector('#parity textarea').value") == "2468024680"


def test_a_port_that_is_taken_is_one_line(asked_project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [*COMMAND, "--port", str(taken.getsockname()[1])]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=asked_project, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "") and done.stderr.count("\n") == 1
    assert re.match(r"error: port \d+ cannot be used \(Address already in use\): name another", done.stderr)


def test_it_serves_this_machine_alone_until_ctrl_c(served):
    address, process = served
    listening = [c for c in psutil.Process(process.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert [f"http://{c.laddr.ip}:{c.laddr.port}" for c in listening] == [address]
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "") and process.returncode == 0
