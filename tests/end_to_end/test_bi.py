"""BI tools read the publication: as Superset does, through SQLAlchemy and duckdb-engine."""

import pytest

sqlalchemy = pytest.importorskip("sqlalchemy", reason="Needs duckdb-engine.")
pytest.importorskip("duckdb_engine", reason="Needs duckdb-engine.")
from conftest import Demo


def test_sqlalchemy_reads_every_mart(demo: Demo) -> None:
    engine = sqlalchemy.create_engine(
        f"duckdb:///{demo.workspace}/published/cloudbill.duckdb", connect_args={"read_only": True}
    )
    tables = {name for (name,) in demo.rows("select table_name from duckdb_tables()")}
    assert set(sqlalchemy.inspect(engine).get_table_names(schema="main")) == tables
    with engine.connect() as connection:
        for table in tables:
            connection.execute(sqlalchemy.text(f'select * from "{table}" limit 5')).fetchall()
        total = connection.execute(
            sqlalchemy.text(
                "select sum(net_cost) from cloud_costs where billing_currency = :currency"
            ),
            {"currency": "USD"},
        ).scalar()
    assert [(total,)] == demo.rows(
        "select sum(net_cost) from cloud_costs where billing_currency = 'USD'"
    )
