"""`zhupi up` starts everything, keeps it running, and leaves nothing behind."""

import os
import re
import signal
import socket
import stat
from pathlib import Path

import pytest
from houses import House, lives, wait_until


def test_a_first_start_says_where_it_listens_and_how_to_get_in(house: House):
    assert f"Zhupi is ready: http://127.0.0.1:{house.port} " in house.said()
    assert re.search(r"set-up token, which works once: \S{20,}", house.said())


def test_a_start_deploys_the_packages_of_bpmn(house: House):
    assert "deployed certificate_issuance version 1" in house.said()


def test_all_secrets_are_files_of_their_owner_alone(house: House):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (house.data / "secrets").iterdir()}
    assert len(modes) >= 5
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(house.data.stat().st_mode) == 0o700


def test_the_set_up_token_is_written_to_no_file(house: House):
    token = re.findall(r"works once: (\S+)", house.said())[-1].encode()
    kept = [path for path in house.data.rglob("*") if path.is_file() and token in path.read_bytes()]
    assert kept == []


@pytest.mark.parametrize("part", ["web", "worker", "object store"])
def test_a_part_that_is_killed_is_started_again(house: House, part: str):
    killed = house.pid_of(part)
    signal_to(killed, signal.SIGKILL)
    assert wait_until(lambda: not lives(killed))
    assert wait_until(lambda: house.runs_anew(part, killed))
    assert wait_until(house.answers), house.said()
    assert f"The {part} process ended by itself; starting it again." in house.said()


def test_while_the_web_is_started_again_nobody_is_refused(house: House):
    signal_to(house.pid_of("web"), signal.SIGKILL)
    with socket.create_connection(("127.0.0.1", house.port), timeout=30) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 200")


def test_a_second_start_on_the_same_folder_is_refused_with_a_sentence(house: House, tmp_path: Path):
    second = House(house.data)
    second.start()
    assert second.process is not None
    assert second.process.wait(30) == 2
    assert f"Zhupi runs on {house.data} already (process {house.process.pid})" in second.said()


def test_a_busy_port_is_refused_with_a_sentence(house: House, tmp_path: Path):
    other = House(tmp_path / "data", port=house.port).start()
    assert other.process is not None
    assert other.process.wait(30) == 2
    assert f"cannot listen on 127.0.0.1:{house.port}" in other.said()
    assert "ZHUPI_PORT" in other.said()


def test_a_wrong_setting_is_refused_with_a_sentence(tmp_path: Path):
    wrong = House(tmp_path / "data").start({"ZHUPI_WEB_THREADS": "many"})
    assert wrong.process is not None
    assert wrong.process.wait(30) == 2
    assert wrong.said().strip() == "ZHUPI_WEB_THREADS must be a whole number from 1 to 64, not “many”."


def test_an_end_leaves_no_process_and_the_next_start_finds_everything(tmp_path: Path):
    first = House(tmp_path / "data").start().ready()
    children = first.descendants()
    assert len(children) >= 4
    assert first.end(signal.SIGTERM) == 0
    assert [pid for pid in children if lives(pid)] == []
    assert "Zhupi has ended." in first.said()
    again = House(first.data, port=first.port).start().ready()
    assert "deployed" not in again.said()
    assert again.end(signal.SIGINT) == 0


def test_ctrl_c_ends_it_where_a_shell_had_switched_ctrl_c_off(tmp_path: Path):
    kept = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what a shell does to programs in its background
    try:
        house = House(tmp_path / "data").start().ready()
    finally:
        signal.signal(signal.SIGINT, kept)
    assert house.end(signal.SIGINT) == 0


def test_when_the_supervisor_is_killed_its_children_go_and_a_new_start_works(tmp_path: Path):
    first = House(tmp_path / "data").start().ready()
    children = first.descendants()
    first.end(signal.SIGKILL)
    again = House(first.data, port=first.port).start().ready()
    assert [pid for pid in children if lives(pid)] == []
    assert again.end() == 0


def signal_to(pid: int, number: int) -> None:
    os.kill(pid, number)
