"""A small schema and small bills, so that a test says all that it relies on."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cloudbill.config import load_config
from cloudbill.lake.load import LoadResult, Workspace, load
from cloudbill.schema import PROJECT

AWS = """
sources:
  - name: aws
    tables:
      - name: aws_cur
        config:
          meta:
            date: [line_item_usage_start_date, bill_billing_period_start_date]
            billing_period: [bill_billing_period_start_date]
            cost: [line_item_unblended_cost]
            currency: [line_item_currency_code]
            service: [line_item_product_code]
            tags: resource_tags
        columns:
          - {name: bill_billing_period_start_date, data_type: timestamp}
          - {name: line_item_usage_start_date, data_type: timestamp}
          - {name: line_item_product_code, data_type: varchar}
          - {name: line_item_unblended_cost, data_type: "decimal(38, 18)"}
          - {name: line_item_currency_code, data_type: varchar}
          - name: savings_plan_savings_plan_a_r_n
            data_type: varchar
            config: {meta: {headers: [savingsPlan/SavingsPlanArn]}}
          - {name: discount, data_type: "map(varchar, decimal(38, 18))"}
          - {name: resource_tags, data_type: "map(varchar, varchar)"}
          - {name: cost_category, data_type: "map(varchar, varchar)"}
"""
AZURE = """
sources:
  - name: azure
    tables:
      - name: azure_cost
        config:
          meta:
            date: [date, usagedatetime]
            billing_period: [billingperiodstartdate]
            cost: [costinbillingcurrency, pretaxcost]
            currency: [billingcurrencycode]
            tags: tags
        columns:
          - {name: date, data_type: date, config: {meta: {headers: [日期 (月 日 年)]}}}
          - {name: usagedatetime, data_type: date}
          - {name: billingperiodstartdate, data_type: date}
          - {name: costinbillingcurrency, data_type: "decimal(38, 18)"}
          - {name: pretaxcost, data_type: "decimal(38, 18)"}
          - {name: billingcurrencycode, data_type: varchar}
          - {name: chargetype, data_type: varchar}
          - {name: pricingmodel, data_type: varchar}
          - {name: reservationid, data_type: varchar}
          - {name: benefitid, data_type: varchar}
          - {name: productorderid, data_type: varchar}
          - {name: productordername, data_type: varchar}
          - {name: publishertype, data_type: varchar}
          - {name: isazurecrediteligible, data_type: boolean}
          - {name: tags, data_type: "map(varchar, varchar)"}
          - {name: additionalinfo, data_type: "map(varchar, varchar)"}
"""
GCP = """
sources:
  - name: gcp
    tables:
      - name: gcp_billing
        config:
          meta:
            date: [usage_start_time]
            billing_period: [invoice_month]
            cost: [cost]
            credits: [credits_cost]
            currency: [currency]
            tags: labels
        columns:
          - {name: usage_start_time, data_type: timestamp}
          - {name: export_time, data_type: timestamp}
          - {name: invoice_month, data_type: varchar}
          - {name: cost, data_type: "decimal(38, 18)"}
          - {name: currency, data_type: varchar}
          - {name: usage_amount, data_type: "decimal(38, 18)"}
          - {name: labels, data_type: "map(varchar, varchar)"}
          - {name: tags, data_type: "map(varchar, varchar)"}
          - {name: credits, data_type: varchar, config: {meta: {list: true}}}
          - {name: credit_amounts, data_type: "map(varchar, decimal(38, 18))"}
          - {name: credits_cost, data_type: "decimal(38, 18)"}
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for name, text in (("aws", AWS), ("azure", AZURE), ("gcp", GCP)):
        folder = root / "models" / "staging" / name
        folder.mkdir(parents=True)
        (folder / f"_{name}__sources.yml").write_text(text, encoding="utf-8")
    shutil.copytree(PROJECT / "models/staging/kubernetes", root / "models/staging/kubernetes")
    return root


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a delivered file, gzipped when its name says so."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


@pytest.fixture
def loaded(tmp_path: Path, project: Path, workspace: Workspace) -> Callable[..., list[LoadResult]]:
    """Loads what the entries of `bills` say."""

    def loaded(*entries: str) -> list[LoadResult]:
        config = tmp_path / "bills.yml"
        config.write_text("bills:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
        return load(load_config(config), workspace, project=project)

    return loaded


@pytest.fixture
def lake(workspace: Workspace) -> Callable[..., list[dict[str, Any]]]:
    """Rows of a table of the lake."""

    def rows(table: str, order: str = "all") -> list[dict[str, Any]]:
        relation = duckdb.sql(
            f"select * from read_parquet('{workspace.lake}/{table}/*/*/bill.parquet',"
            " union_by_name = true, hive_partitioning = true, hive_types_autocast = false)"
            f" order by {order}"
        )
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]

    return rows
