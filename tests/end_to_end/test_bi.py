"""BI tools read the publication: as Superset does, through SQLAlchemy and duckdb-engine."""

import shutil
from pathlib import Path

import pytest
from demos import Demo

sqlalchemy = pytest.importorskip("sqlalchemy", reason="Needs duckdb-engine.")
pytest.importorskip("duckdb_engine", reason="Needs duckdb-engine.")
TOTAL = "select sum(net_cost) from cloud_costs where billing_currency = 'USD'"


def test_sqlalchemy_reads_every_mart(demo: Demo, tmp_path: Path) -> None:
    tables = {name for (name,) in demo.rows("select table_name from duckdb_tables()")}
    total = demo.rows(TOTAL)
    # A copy: one process opens a file with one configuration, and the explorer has it open too.
    copy = shutil.copy(demo.workspace / "published" / "cloudbill.duckdb", tmp_path)
    engine = sqlalchemy.create_engine(f"duckdb:///{copy}", connect_args={"read_only": True})
    try:
        assert set(sqlalchemy.inspect(engine).get_table_names(schema="main")) >= tables
        with engine.connect() as connection:
            for table in tables:
                rows = connection.execute(sqlalchemy.text(f'select * from "{table}" limit 5'))
                assert rows.keys()
            assert connection.execute(sqlalchemy.text(TOTAL)).fetchall() == total
    finally:
        engine.dispose()


def test_parquet_adds_up_to_the_last_digit(demo: Demo) -> None:
    pandas = pytest.importorskip("pandas", reason="Needs pandas.")
    pyarrow = pytest.importorskip("pyarrow.parquet", reason="Needs pyarrow.")
    file = demo.workspace / "published" / "cloud_costs.parquet"
    ((total,),) = demo.rows(TOTAL)
    columns = ["billing_currency", "net_cost"]
    sums = pyarrow.read_table(file, columns=columns).group_by("billing_currency")
    by_currency = sums.aggregate([("net_cost", "sum")]).to_pylist()
    assert {"billing_currency": "USD", "net_cost_sum": total} in by_currency
    frame = pandas.read_parquet(file, columns=columns)
    assert frame.groupby("billing_currency")["net_cost"].sum()["USD"] == total
