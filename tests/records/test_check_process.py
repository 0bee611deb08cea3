"""The parsers run apart: whatever a file does to them, the process that serves people goes on, in time."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pikepdf
import pytest
from made_files import image, packed_bomb, pdf, with_attachment

from storage import check_process
from storage.check_process import check_apart
from storage.errors import CheckUnavailable, FileRefused

LIMIT = 20 * 1024 * 1024
TYPES = {"pdf", "jpg", "png"}


def on_disk(content: bytes):
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the test
    file.write(content)
    return file


def refusal(content: bytes, **limits) -> str:
    with on_disk(content) as file, pytest.raises(FileRefused) as refused:
        check_apart(file, "a name.pdf", TYPES, LIMIT, **limits)
    assert refused.value.params["name"] == "a name.pdf"
    return refused.value.code


def crowded_pdf(objects: int) -> bytes:
    def change(document) -> None:
        document.Root.Many = document.make_indirect(
            pikepdf.Array([document.make_indirect(pikepdf.Dictionary(A=number)) for number in range(objects)])
        )

    return pdf(change, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def nested_pdf(levels: int) -> bytes:
    return pdf(lambda document: document.Root.__setattr__("Deep", 0)).replace(
        b"/Deep 0", b"/Deep " + b"[" * levels + b"]" * levels
    )


def test_it_says_what_the_check_says():
    with on_disk(pdf(with_attachment)) as file:
        checked = check_apart(file, "x", TYPES, LIMIT)
    assert (checked.kind, checked.embedded, checked.size) == ("pdf", 1, len(pdf(with_attachment)))
    with on_disk(image("PNG")) as file, pytest.raises(FileRefused) as refused:
        check_apart(file, "scan.pdf", {"pdf"}, LIMIT)
    assert refused.value.params == {"name": "scan.pdf", "found": "PNG", "allowed": "PDF"}


def test_a_file_that_takes_too_long_is_refused_in_time():
    content = crowded_pdf(250_000)
    begun = time.monotonic()
    assert refusal(content, clock_seconds=0.3) == "file_too_intricate"
    assert time.monotonic() - begun < 3


def test_a_file_that_burns_the_processor_is_stopped_by_the_system():
    assert refusal(crowded_pdf(250_000), cpu_seconds=0, clock_seconds=20) == "file_too_intricate"


def test_a_file_that_fills_the_memory_is_refused_and_ours_does_not_grow():
    picture, bomb = image("PNG", (6000, 6000)), packed_bomb(250_000_000)
    before = _resident_megabytes()
    assert refusal(picture, memory_bytes=40 * 1024 * 1024) == "file_too_intricate"
    assert refusal(bomb) == "file_damaged"
    assert _resident_megabytes() - before < 40


@pytest.mark.parametrize(
    "content",
    [crowded_pdf(310_000), nested_pdf(150), nested_pdf(100_000)],
    ids=["objects", "levels", "many levels"],
)
def test_more_than_any_honest_file_holds_is_refused(content):
    assert refusal(content) in ("file_too_intricate", "file_damaged")


@pytest.fixture
def replaced(monkeypatch):
    """Let the server do something else in the place of a check."""

    def replace(code: str) -> None:
        program = f"import os, signal\nimport storage.check_server as server\n{code}\nserver.serve()"
        monkeypatch.setattr(check_process, "PROGRAM", (sys.executable, "-c", program))
        check_process._SERVER.close()

    yield replace
    check_process._SERVER.close()


def test_a_parser_that_falls_over_takes_only_itself_along(replaced):
    replaced("server.WORKS['check'] = lambda *_: os.kill(os.getpid(), signal.SIGSEGV)")
    server = _pid_of_server()
    assert refusal(pdf()) == refusal(pdf()) == "file_too_intricate"
    assert _pid_of_server() != server
    assert check_process._SERVER._process.poll() is None


@pytest.mark.parametrize("words", ["[]", "'no JSON'"])
def test_an_answer_that_is_none_is_no_acceptance(replaced, words):
    replaced(f"server.json.dumps = lambda _: {words!r} * 2")
    with on_disk(pdf()) as file, pytest.raises(CheckUnavailable):
        check_apart(file, "x", TYPES, LIMIT)


def test_the_process_may_write_no_file(replaced, tmp_path):
    replaced(
        f"server.WORKS['check'] = lambda *_: open({str(tmp_path / 'written')!r}, 'wb').write(bytes(100_000))"
    )
    assert refusal(pdf()) == "file_too_intricate"
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 0


def test_no_setting_and_no_key_reaches_it(monkeypatch, replaced, tmp_path):
    monkeypatch.setenv("ZHUPI_SECRET_KEY", "a canary")
    told = tmp_path / "told"
    replaced(f"open({str(told)!r}, 'w').write(repr(dict(os.environ)) + str(os.listdir('/proc/self/fd')))")
    refusal(b"nothing")
    assert "ZHUPI" not in told.read_text()


def test_a_server_that_was_killed_or_cannot_start_is_made_anew(replaced):
    with on_disk(pdf()) as file:
        check_apart(file, "x", TYPES, LIMIT)
        os.kill(_pid_of_server(), signal.SIGKILL)
        for _ in range(2):
            assert check_apart(file, "x", TYPES, LIMIT).kind == "pdf"
        replaced("raise SystemExit(1)")
        with pytest.raises(CheckUnavailable):
            check_apart(file, "x", TYPES, LIMIT)


def test_the_server_ends_with_the_process_that_started_it(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf())
    code = f"""
import os
from storage import check_process
with open({str(tmp_path / "a.pdf")!r}, "rb") as file:
    check_process.check_apart(file, "x", {{"pdf"}}, 10**6)
print(check_process._SERVER._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    server = Path(f"/proc/{int(done.stdout)}/stat")
    deadline = time.monotonic() + 10
    while server.exists() and " Z " not in server.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not server.exists() or " Z " in server.read_text()


def test_many_at_once_are_each_answered_and_nothing_stays_open():
    with on_disk(pdf()) as file:
        check_apart(file, "x", TYPES, LIMIT)
    before = len(list(Path("/proc/self/fd").iterdir()))
    answers: list[str] = []

    def check(number: int) -> None:
        content = pdf() if number % 2 else b"MZ" + bytes(100)
        with on_disk(content) as file:
            try:
                answers.append(check_apart(file, "x", TYPES, LIMIT).kind)
            except FileRefused as refused:
                answers.append(refused.code)

    threads = [threading.Thread(target=check, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["file_type_mismatch"] * 8 + ["pdf"] * 8
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_queue_that_does_not_move_is_no_place_to_wait(monkeypatch):
    monkeypatch.setattr(check_process, "MOST_WAIT_SECONDS", 0.05)
    for _ in range(check_process.AT_ONCE):
        check_process._TURNS.acquire()
    try:
        with on_disk(pdf()) as file, pytest.raises(CheckUnavailable):
            check_apart(file, "x", TYPES, LIMIT)
    finally:
        for _ in range(check_process.AT_ONCE):
            check_process._TURNS.release()


def _pid_of_server() -> int:
    process = check_process._SERVER._process
    return process.pid if process is not None else 0


def _resident_megabytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
