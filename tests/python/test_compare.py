"""Two publications side by side: what moved is told, noise is not, and currencies never mix."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from cloudbill.compare import compare, markdown
from cloudbill.errors import CloudbillError

Published = Callable[..., Path]
COSTS = """
create table cloud_costs as select * from (values
    ('a', 'EC2', 'USD', 10.00::decimal(38, 18), 0.5, 3),
    ('a', 'S3', 'USD', 2.50::decimal(38, 18), 0.1, 1),
    ('a', 'EC2', 'EUR', 7.00::decimal(38, 18), 0.2, 1)
) as t (unit_id, service_name, billing_currency, net_cost, hourly_price, line_count);
create table tag_sets as select 'a' as unit_id, 1 as tag_set_id;
"""


@pytest.fixture
def published(tmp_path: Path) -> Published:
    def published(name: str, *changes: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        with duckdb.connect(str(folder / "cloudbill.duckdb")) as connection:
            for statement in (COSTS, *changes):
                connection.execute(statement)
        return folder

    return published


def test_another_build_of_the_same_numbers_is_no_change(published: Published) -> None:
    after = published("after", "update cloud_costs set unit_id = 'b'")
    found = markdown(compare(published("before"), after))
    assert "Nothing changed: 2 tables" in found
    assert "|" not in found


def test_a_total_moves_in_its_own_currency(published: Published) -> None:
    after = published(
        "after", "update cloud_costs set net_cost = 6.5 where billing_currency = 'EUR'"
    )
    found = markdown(compare(published("before"), after)).splitlines()
    moved = "| cloud_costs | EUR | net_cost | 7 | 6.500000 | -0.500000 |"
    assert [line for line in found if line.startswith("| cloud_costs")] == [moved]
    assert "- The same: tag_sets" in found


def test_money_that_moves_within_a_total_shows_as_other_rows(published: Published) -> None:
    after = published("after", "update cloud_costs set service_name = 'S3' where net_cost = 10")
    (costs, _) = compare(published("before"), after).marts
    assert (costs.changed, costs.rows_gone, costs.rows_new, costs.is_same) == ([], 1, 1, False)
    assert [(found.column, found.amount) for found in costs.moved] == [("service_name", None)]


def test_amounts_of_any_size_are_told(published: Published) -> None:
    """Ten billion with 18 decimals has more digits than Python's decimals keep by default."""
    moved = "update cloud_costs set net_cost = net_cost + 50000000001 where service_name = 'S3'"
    (costs, _) = compare(published("before"), published("after", moved)).marts
    assert [(found.column, found.amount) for found in costs.moved] == [("net_cost", 50000000001)]


def test_money_that_two_rows_exchange_is_told_with_its_column_and_amount(
    published: Published,
) -> None:
    after = published(
        "after",
        "update cloud_costs set net_cost = case service_name when 'S3' then 10 else 2.5 end"
        " where billing_currency = 'USD'",
    )
    found = compare(published("before"), after)
    (costs, _) = found.marts
    assert (costs.changed, costs.rows_gone, costs.rows_new) == ([], 2, 2)
    assert "in net_cost (by 15)" in markdown(found)


def test_a_row_told_twice_and_another_not_at_all_is_no_proof(published: Published) -> None:
    after = published("after", "update tag_sets set tag_set_id = 2")
    found = compare(published("before"), after)
    assert not found.is_same
    assert "tag_sets: 1 of 1 rows are new or differ, 1 are gone or differ" in markdown(found)


def test_another_type_is_a_new_column(published: Published) -> None:
    after = published("after", "alter table tag_sets alter tag_set_id type bigint")
    assert "new columns tag_set_id (BIGINT, was INTEGER)" in markdown(
        compare(published("before"), after)
    )


def test_the_smallest_difference_is_shown(published: Published) -> None:
    after = published(
        "after",
        "update cloud_costs set net_cost = net_cost + 0.000000000000000001 where net_cost = 10",
    )
    assert "| +1.0e-18 |" in markdown(compare(published("before"), after))


def test_new_and_missing_tables_and_columns_are_named(published: Published) -> None:
    after = published(
        "after",
        "alter table cloud_costs rename column line_count to lines",
        "alter table tag_sets rename to tags",
    )
    found = markdown(compare(published("before"), after))
    assert "New tables: tags" in found
    assert "Tables gone: tag_sets" in found
    assert "cloud_costs: new columns lines" in found
    assert "cloud_costs: gone columns line_count" in found
    assert "| cloud_costs | USD | line_count | 4 | – | -4 |" in found


def test_a_folder_without_a_publication_is_said(tmp_path: Path) -> None:
    with pytest.raises(CloudbillError, match="holds no publication"):
        compare(tmp_path, tmp_path)
