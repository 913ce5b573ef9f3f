"""Status counts what no seed has, with the money at stake."""

from pathlib import Path

import duckdb

from cloudbill.read.status_unknown import unknown_sentences
from cloudbill.workspace import Workspace


def test_what_no_seed_has_is_counted(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    with duckdb.connect() as connection:
        assert unknown_sentences(connection, space) == []
        space.published.mkdir(parents=True)
        connection.execute(
            "copy (from (values ('size', 'USD', 2.5), ('size', 'USD', -4), ('region', 'USD', 1),"
            " ('SKU', 'EUR', 1234)) as found(kind, billing_currency, cost))"
            f" to '{space.published}/unknown_values.parquet'"
        )
        assert unknown_sentences(connection, space) == [
            "In no seed: 1 SKU, in lines of up to 1,234.00 EUR;"
            " the table unknown_values lists them.",
            "In no seed: 1 region, 2 sizes, in lines of up to 6.50 USD;"
            " the table unknown_values lists them.",
        ]
