"""`zhupi up` on a PostgreSQL and an object store that it did not start itself."""

from pathlib import Path

from houses import House, free_port
from postgres import PostgresServer

from storage.embedded_s3 import EmbeddedS3


def test_up_runs_on_a_postgresql_and_an_object_store_elsewhere(
    tmp_path: Path, postgres: PostgresServer, s3: EmbeddedS3
):
    postgres.execute("CREATE DATABASE a_whole_house")
    elsewhere = {
        "ZHUPI_DATABASE_URL": postgres.url("a_whole_house"),
        "ZHUPI_S3_ENDPOINT": f"http://{s3.endpoint}",
        "ZHUPI_S3_BUCKET": "a-whole-house",
        "ZHUPI_S3_ACCESS_KEY": s3._access_key,
        "ZHUPI_S3_SECRET_KEY": s3._secret_key,
    }
    house = House(tmp_path / "data").start(elsewhere).ready()
    assert house.answers()
    assert not (house.data / "s3").exists()
    assert not list(house.data.glob("*.sqlite*"))
    assert house.end() == 0


def test_a_database_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path):
    url = f"postgresql://zhupi@127.0.0.1:{free_port()}/zhupi"
    house = House(tmp_path / "data").start({"ZHUPI_DATABASE_URL": url})
    assert house.process is not None
    assert house.process.wait(60) == 2
    assert "The database does not answer" in house.said()
    assert "Traceback" not in house.said()


def test_an_object_store_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path):
    house = House(tmp_path / "data").start({"ZHUPI_S3_ENDPOINT": f"http://127.0.0.1:{free_port()}"})
    assert house.process is not None
    assert house.process.wait(60) == 2
    assert "The object store does not answer" in house.said()
    assert "Traceback" not in house.said()
