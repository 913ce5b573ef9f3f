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


@pytest.mark.skipif(
    sqlalchemy.__version__ >= "2",
    reason="duckdb-engine reflects tables under SQLAlchemy 1.4, which is locked and Superset's.",
)
def test_sqlalchemy_reflects_every_table_and_view(demo: Demo, tmp_path: Path) -> None:
    copy = shutil.copy(demo.workspace / "published" / "cloudbill.duckdb", tmp_path)
    engine = sqlalchemy.create_engine(f"duckdb:///{copy}", connect_args={"read_only": True})
    try:
        inspector = sqlalchemy.inspect(engine)
        for name in [*inspector.get_table_names(schema="main"), *inspector.get_view_names()]:
            assert inspector.get_pk_constraint(name) == {"constrained_columns": [], "name": None}
            table = sqlalchemy.Table(name, sqlalchemy.MetaData(), autoload_with=engine)
            assert len(table.columns) > 0
    finally:
        engine.dispose()


def test_views_for_bi_are_the_marts_with_money_as_double(demo: Demo) -> None:
    for granularity in ("day", "week", "month"):
        ((view, types),) = demo.rows(
            "select (sum(total_cost), sum(compute_cost), sum(vms), count(*)),"
            " list(distinct typeof(total_cost))"
            f" from vm_costs_by_{granularity} where billing_currency = 'USD'"
        )
        ((mart,),) = demo.rows(
            "select (sum(total_cost), sum(compute_cost), sum(vms), count(*)) from vm_cost_report"
            " where billing_currency = 'USD' and granularity = ? and category = 'Total'",
            granularity,
        )
        assert tuple(map(float, view)) == pytest.approx(tuple(map(float, mart)))  # type: ignore[arg-type]
        assert types == ["DOUBLE"]
    for view, mart in (("bi_cloud_costs", "cloud_costs"), ("bi_vm_usage_daily", "vm_usage_daily")):
        column = "net_cost" if mart == "cloud_costs" else "total_cost"
        ((sums, tags),) = demo.rows(
            f"select sum({column}), count(*) filter (where json_valid(tags) and tags != '{{}}')"
            f" from {view} where billing_currency = 'USD'"
        )
        ((expected, tagged),) = demo.rows(
            f"select sum({column}), count(*) filter (where cardinality(tags) > 0)"
            f" from {mart} where billing_currency = 'USD'"
        )
        assert float(sums) == pytest.approx(float(expected))  # type: ignore[arg-type]
        assert tags == tagged > 0  # type: ignore[operator]


def test_the_date_dimension_has_each_day_once_and_weeks_from_monday(demo: Demo) -> None:
    assert demo.rows(
        "select count(*) = count(distinct date), bool_and(isodow(week_start) = 1),"
        " bool_and(date - week_start = weekday - 1) from dates"
    ) == [(True, True, True)]
    assert demo.rows("select count(*) from cloud_costs anti join dates on charge_date = date") == [
        (0,)
    ]


def test_parquet_adds_up_to_the_last_digit(demo: Demo) -> None:
    pandas = pytest.importorskip("pandas", reason="Needs pandas.")
    pyarrow = pytest.importorskip("pyarrow.parquet", reason="Needs pyarrow.")
    file = demo.workspace / "published" / "cloud_costs"
    ((total,),) = demo.rows(TOTAL)
    columns = ["billing_currency", "net_cost"]
    sums = pyarrow.read_table(file, columns=columns).group_by("billing_currency")
    by_currency = sums.aggregate([("net_cost", "sum")]).to_pylist()
    assert {"billing_currency": "USD", "net_cost_sum": total} in by_currency
    frame = pandas.read_parquet(file, columns=columns)
    assert frame.groupby("billing_currency")["net_cost"].sum()["USD"] == total
