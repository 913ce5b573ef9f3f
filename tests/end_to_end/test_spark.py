"""The same project on Apache Spark: its marts equal DuckDB's, row for row, and its tests pass."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from cloudbill.schema import PROJECT

sys.path.append(str(PROJECT / "scripts"))
from spark_parity import compare, difference

pytestmark = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None,
    reason="Spark needs Java 17 and `make spark`",
)

# On little data it takes longer to compile a query than to interpret it.
SETTINGS = """
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.executor.memory 512m
"""
JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"
DBT = """
import sys
from pathlib import Path
from cloudbill.warehouse.build import summarise
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]), "spark")
report = summarise(run_dbt(workspace, sys.argv[2:]), workspace)
print(f"{report.passed} passed", *report.failures, sep="\\n")
sys.exit(bool(report.failures) or not report.passed)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    settings = tmp_path_factory.mktemp("settings")
    (settings / "spark-defaults.conf").write_text(SETTINGS)
    return {
        **os.environ,
        "SPARK_CONF_DIR": str(settings),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "JDK_JAVA_OPTIONS": JAVA,
        "CLOUDBILL_SPARK_MASTER": "local[2]",
    }


@pytest.fixture(scope="module")
def built(demo, environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("workspace")
    shutil.copytree(demo.workspace / "lake", workspace / "lake")
    build = ["-m", "cloudbill.cli", "build", "--target", "spark", "--workspace", workspace]
    run(environment, *build)
    return workspace


def run(environment: dict[str, str], *arguments: object) -> str:
    result = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.slow
def test_every_mart_equals_duckdbs(demo, built):
    compared = list(compare(demo.workspace / "published", built / "published"))
    assert [(mart, found) for mart, _, found in compared if found] == []
    assert sum(rows for _, rows, _ in compared) > 10_000


@pytest.mark.slow
def test_a_bill_that_goes_leaves_the_same(demo, built, environment, tmp_path):
    ours = tmp_path / "workspace"
    shutil.copytree(demo.workspace, ours, symlinks=True)
    for workspace, target in ((ours, "duckdb"), (built, "spark")):
        cloudbill = ["-m", "cloudbill.cli"]
        forget = ["forget", "azure-mca", "--billing-period", "2026-10"]
        run(environment, *cloudbill, *forget, "--workspace", workspace)
        run(environment, *cloudbill, "build", "--target", target, "--workspace", workspace)
    compared = list(compare(ours / "published", built / "published"))
    assert [(mart, found) for mart, _, found in compared if found] == []


def test_a_cluster_builds_the_same(demo, environment, tmp_path):
    shutil.copytree(demo.workspace / "lake", tmp_path / "lake")
    with standalone_cluster(environment, tmp_path) as master:
        environment = environment | {"CLOUDBILL_SPARK_MASTER": master}
        tags = ["build", "--select", "+tag_sets", "--exclude-resource-type", "unit_test", "test"]
        run(environment, "-c", DBT, tmp_path, *tags)
    executors = [worker for worker in ("one", "two") if list((tmp_path / worker).glob("app-*/*"))]
    assert executors == ["one", "two"]
    with duckdb.connect() as connection:
        for name, files in (
            ("ours", demo.workspace / "published" / "tag_sets" / "*.parquet"),
            (
                "theirs",
                tmp_path / "spark" / "tables" / "cloudbill.db" / "tag_sets" / "*" / "*.parquet",
            ),
        ):
            connection.execute(f"create view {name} as from '{files}'")
        assert difference(connection) == ""


@pytest.mark.slow
def test_every_dbt_unit_test_passes(built, environment):
    run(environment, "-c", DBT, built, "test", "--select", "test_type:unit")


@contextmanager
def standalone_cluster(environment: dict[str, str], folder: Path) -> Iterator[str]:
    """Run a master and two workers of one core each, of the pyspark distribution."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    master = f"spark://127.0.0.1:{port}"
    small = ["--cores", "1", "--memory", "1g"]
    daemons = [
        ["master.Master", "--port", str(port)],
        ["worker.Worker", *small, "--work-dir", str(folder / "one"), master],
        ["worker.Worker", *small, "--work-dir", str(folder / "two"), master],
    ]
    distribution = Path(find_spec("pyspark").submodule_search_locations[0])
    running = []
    try:
        for daemon, *arguments in daemons:
            running.append(subprocess.Popen(
                [distribution / "bin" / "spark-class", f"org.apache.spark.deploy.{daemon}",
                 "--host", "127.0.0.1", "--webui-port", "0", *arguments],
                env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ))  # fmt: skip
        yield master
    finally:
        for process in running:
            process.terminate()
            process.wait()
