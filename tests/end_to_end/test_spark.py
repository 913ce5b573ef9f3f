"""The same project on Apache Spark: its marts equal DuckDB's, and its tests pass."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from spark_parity import compare

from cloudbill.schema import PROJECT

pytestmark = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None,
    reason="Spark needs Java 17 and `make spark`",
)

# Small data: what Spark would compile, optimise and distribute costs more than it saves.
SETTINGS = """
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
"""
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    settings = tmp_path_factory.mktemp("spark")
    (settings / "spark-defaults.conf").write_text(SETTINGS)
    return {
        **os.environ,
        "SPARK_CONF_DIR": str(settings),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "JDK_JAVA_OPTIONS": JAVA,
        "CLOUDBILL_SPARK_MASTER": "local[2]",
    }


@pytest.fixture(scope="module")
def workspace(demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    shutil.copytree(demo.workspace / "lake", folder / "lake")
    return folder


def test_every_mart_equals_duckdbs(demo, workspace, environment):
    built = subprocess.run(
        [sys.executable, "-m", "cloudbill.cli", "build", "--target", "spark", "--workspace",
         str(workspace)],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    compared = list(compare(demo.workspace / "published", workspace / "published"))
    assert [mart for mart, _, difference in compared if difference] == []
    assert sum(rows for _, rows, _ in compared) > 10_000
