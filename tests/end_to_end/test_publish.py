"""A publication is of one build, and takes over what did not change since the one before."""

import shutil

import duckdb
import pytest
import yaml
from demos import parquet_of_marts

from cloudbill.config import load_config
from cloudbill.lake.load import load
from cloudbill.samples import write_samples
from cloudbill.warehouse import files
from cloudbill.warehouse.build import build
from cloudbill.workspace import Workspace

EXPORTS = ("aws-payer-a", "aws-payer-b", "azure-mca", "gcp-shop")
# Made of builds, which are taken over if they did not change.
BY_BUILD = ("charges", "cloud_costs", "focus_charges", "vm_usage_daily")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A published workspace."""
    root = tmp_path_factory.mktemp("publish")
    for edition, seed in (("delivered", 1), ("restated", 2)):
        write_samples(root / edition, seed=seed)
    config = root / "delivered" / "bills.yml"
    entries = yaml.safe_load(config.read_text())["bills"]
    config.write_text(yaml.safe_dump({"bills": [e for e in entries if e["name"] in EXPORTS]}))
    workspace = Workspace(root / "workspace")
    return root, workspace, config, built_anew(workspace, config)


def built_anew(workspace, config, on_node=lambda _: None):
    load(load_config(config), workspace)
    report = build(workspace, on_node=on_node)
    assert report.failures == []
    return report.published


def assert_parquet_is_the_tables(published):
    with duckdb.connect() as con:
        con.execute(f"attach '{published}/cloudbill.duckdb' as any_name (read_only)")
        con.execute("use any_name")
        tables = con.execute("select table_name from duckdb_tables()").fetchall()
        files = parquet_of_marts(published)
        assert files.keys() == {table for (table,) in tables}
        for table, file in [*files.items(), ("focus_charges", f"{published}/focus/*/*.parquet")]:
            of_file = f"from '{file}'"
            difference = f"(from {table} except all {of_file}) union all"
            difference += f" ({of_file} except all from {table})"
            assert con.execute(f"select count(*) from ({difference})").fetchone() == (0,), file
        later = con.execute("select count(*) from focus_charges_1_4").fetchone()
        assert later == con.execute("select count(*) from focus_charges").fetchone()


def same_files(one, other):
    """Files that both publications share."""
    return {
        file.relative_to(one).as_posix()
        for file in one.rglob("*.parquet")
        if (other / file.relative_to(one)).exists() and file.samefile(other / file.relative_to(one))
    }


def test_a_changed_bill_writes_its_own_rows_again(built):
    root, workspace, config, first = built
    assert_parquet_is_the_tables(first)
    shutil.rmtree(root / "delivered" / "aws-payer-b")
    shutil.copytree(root / "restated" / "aws-payer-b", root / "delivered" / "aws-payer-b")
    nodes: set[str] = set()
    second = built_anew(workspace, config, nodes.add)
    # What is made of node lists, or of other providers' lines, alone is left out.
    assert nodes >= {"int_built_bills", "cloud_costs", "assert_no_cent_is_lost"}
    assert "int_aws__commitments" in nodes
    assert "int_nodes" not in nodes
    assert not {node for node in nodes if "gcp__" in node}
    assert_parquet_is_the_tables(second)
    kept = same_files(first, second)
    restated = duckdb.sql(
        f"select distinct unit_id from '{second}/charges/*.parquet' where scope = 'aws-payer-b'"
    ).fetchall()
    for folder in (*BY_BUILD, "focus/aws"):
        names = {path.relative_to(second).as_posix() for path in (second / folder).iterdir()}
        assert names & kept, folder
        assert names - kept == {f"{folder}/{build}.parquet" for (build,) in restated}
    nodes.clear()
    third = built_anew(workspace, config, nodes.add)
    assert "int_bills" in nodes
    assert not nodes & {"int_built_bills", "cloud_costs", "assert_no_cent_is_lost"}
    assert_parquet_is_the_tables(third)
    units = {f"{folder}/{file.name}" for folder in BY_BUILD for file in (third / folder).iterdir()}
    assert units <= same_files(second, third)


@pytest.mark.slow
@pytest.mark.parametrize(("tenths_gone", "is_tidied"), [(4, False), (9, True)])
def test_a_table_is_put_together_anew_once_half_of_it_is_gone(built, tenths_gone, is_tidied):
    """Of what left four tenths, DuckDB by itself would do so in every build."""
    _, workspace, config, _ = built
    with duckdb.connect(str(workspace.working)) as con:
        con.execute("set max_vacuum_tasks = 0")
        con.execute("create or replace table numbers as from range(1000000) as numbers(i)")
        con.execute(f"delete from numbers where i % 10 < {tenths_gone}")
    assert rows_held(workspace, "numbers") == 1_000_000
    built_anew(workspace, config)
    held = rows_held(workspace, "numbers")
    assert held < 300_000 if is_tidied else held == 1_000_000


def rows_held(workspace, table):
    """Rows that a table takes room for, those that left among them."""
    with duckdb.connect(str(workspace.working), read_only=True) as con:
        query = f"select estimated_size from duckdb_tables() where table_name = '{table}'"
        (held,) = con.execute(query).fetchone()
        return held


def test_tables_and_columns_carry_their_descriptions(built):
    _, workspace, _, _ = built
    with duckdb.connect(str(workspace.published / "cloudbill.duckdb"), read_only=True) as con:
        bare = con.execute(
            "select table_name, column_name from duckdb_columns() inner join duckdb_tables()"
            " using (database_name, table_name)"
            " where duckdb_columns.comment is null or duckdb_tables.comment is null"
        ).fetchall()
    assert bare == []


@pytest.mark.parametrize("is_public", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_nothing_is_taken_over_of_what_another_program_wrote_to(built, is_public):
    """What is published is what the next warehouse is made of."""
    _, workspace, config, _ = built
    before = built_anew(workspace, config)
    changed = before / "cloudbill.duckdb" if is_public else workspace.working
    with duckdb.connect(str(changed)) as con:
        if is_public:
            con.execute("update charges set service_name = 'elsewhere' where provider = 'AWS'")
        con.execute("create table from_elsewhere as select 1 as one")
    again = built_anew(workspace, config)
    assert_parquet_is_the_tables(again)
    assert same_files(before, again) == set()
    charges = f"from '{again}/charges/*.parquet' where service_name = 'elsewhere'"
    assert duckdb.sql(charges).fetchall() == []


def test_another_reader_understands_a_folder(built):
    pq = pytest.importorskip("pyarrow.parquet", reason="A second reader of Parquet.")
    _, workspace, _, _ = built
    folder = workspace.published / "focus_charges"
    names = ["BilledCost", "ResourceId", "x_CloudbillUnitId", "Tags"]
    rows = [tuple(row.values()) for row in pq.read_table(folder, columns=names).to_pylist()]
    with duckdb.connect() as con:
        found = con.execute(f"select {', '.join(names)} from '{folder}/*.parquet'").fetchall()
    assert sorted(rows, key=str) == sorted(found, key=str)


def test_where_a_disk_knows_neither_links_nor_shared_blocks_files_are_copied(built, monkeypatch):
    def unknown(*_):
        raise OSError

    _, workspace, config, _ = built
    monkeypatch.setattr(files.os, "link", unknown)
    monkeypatch.setattr(files.os, "copy_file_range", unknown, raising=False)
    before = workspace.published.resolve()
    again = built_anew(workspace, config)
    assert same_files(before, again) == set()
    assert_parquet_is_the_tables(again)


def test_a_workspace_whose_links_became_folders_publishes_again(built, tmp_path):
    """As `cp -rL` and many backups leave it."""
    _, workspace, config, _ = built
    before = built_anew(workspace, config)
    copied = Workspace(shutil.copytree(workspace.root, tmp_path / "copied", symlinks=False))
    assert not copied.published.is_symlink()
    again = built_anew(copied, config)
    assert copied.published.resolve() == again
    assert_parquet_is_the_tables(again)
    assert same_files(before, again) == set()
