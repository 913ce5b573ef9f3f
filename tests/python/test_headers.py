import string

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbill.delivered.kinds import aws_cur, azure_cost, gcp_billing


# The examples of the AWS user guide and of Athena tables in the wild.
@pytest.mark.parametrize(
    ("header", "column", "key"),
    [
        ("lineItem/UnblendedCost", "line_item_unblended_cost", None),
        ("lineItem/LineItemType", "line_item_line_item_type", None),
        ("reservation/ReservationARN", "reservation_reservation_a_r_n", None),
        ("savingsPlan/SavingsPlanEffectiveCost", "savings_plan_savings_plan_effective_cost", None),
        ("pricing/publicOnDemandCost", "pricing_public_on_demand_cost", None),
        ("product/vcpu", "product_vcpu", None),
        ("line_item_unblended_cost", "line_item_unblended_cost", None),
        ("resource_tags", "resource_tags", None),
        ("resourceTags/user:Environment", "resource_tags", "user_environment"),
        ("resourceTags/aws:eks:cluster-name", "resource_tags", "aws_eks_cluster_name"),
        (
            "resourceTags/user:kubernetes.io/created-for/pvc/name",
            "resource_tags",
            "user_kubernetes_io_created_for_pvc_name",
        ),
        ("resource_tags_user_environment", "resource_tags", "user_environment"),
        ("costCategory/Team", "cost_category", "team"),
        ("discount/EdpDiscount", "discount_edp_discount", None),
    ],
)
def test_aws_headers_become_athena_names(header: str, column: str, key: str | None) -> None:
    assert aws_cur.column(header) == (column, key)


@given(st.text(alphabet=string.printable, min_size=1))
def test_keys_of_aws_maps_are_spelled_as_headers_are(key: str) -> None:
    sql = duckdb.execute(f"select {aws_cur.map_key('k')} from (select ? as k)", [key]).fetchone()
    assert sql == (aws_cur.athena_name(key),)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("CostInBillingCurrency", "costinbillingcurrency"),
        ("Meter Sub-Category", "metersubcategory"),
        ("Datum (Date)", "date"),
        ("UsageDateTime (UsageDateTime)", "usagedatetime"),
        ("Id. de medidor (MeterId)", "meterid"),
        ("Kosten (netto) (Cost)", "cost"),
    ],
)
def test_azure_headers_become_their_english_name(header: str, column: str) -> None:
    assert azure_cost.column(header) == (column, None)


@given(
    st.text(alphabet="äöüÄÖÜéñçИ中 -.abc", min_size=1),
    st.text(alphabet=string.ascii_letters, min_size=1),
)
def test_only_the_english_part_of_a_localised_header_counts(local: str, english: str) -> None:
    assert azure_cost.column(f"{local} ({english})") == azure_cost.column(english)


def test_google_names_are_flat() -> None:
    assert gcp_billing.column("project.id") == ("project_id", None)
    assert gcp_billing.column("_PARTITIONTIME") == ("_partitiontime", None)


@pytest.mark.parametrize(
    ("path", "period"),
    [
        ("cur/data/BILLING_PERIOD=2026-10/cur-00001.csv.gz", "2026-10"),
        ("cur/year=2026/month=1/a.snappy.parquet", "2026-01"),
        ("cur/20261001-20261101/a-1.csv.gz", "2026-10"),
        ("cur/20261001-20270101/a.csv", None),
        ("cur/a.csv", None),
    ],
)
def test_aws_paths_state_the_period(path: str, period: str | None) -> None:
    assert aws_cur.period(path) == period


@pytest.mark.parametrize(
    ("path", "period"),
    [
        ("exports/actual/20261001-20261031/202611030105/guid/part_0_0001.csv", "2026-10"),
        ("exports/20240201-20240229/a.csv", "2024-02"),
        ("exports/20260915-20261014/a.csv", "2026-09"),
        ("exports/20261001-20261015/a.csv", None),
        ("exports/20261301-20261331/a.csv", None),
        ("exports/a.csv", None),
    ],
)
def test_azure_paths_state_billing_months(path: str, period: str | None) -> None:
    days = azure_cost.days_of(path)
    assert (azure_cost.billing_month(*days) if days else None) == period


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("gcp/20261001/part-000000000000.json.gz", "2026-10-01"),
        ("gcp/day=2026-10-01/a.parquet", "2026-10-01"),
        ("gcp/billing_20261001.json", "2026-10-01"),
        ("gcp/20261001-000000000000.json", "2026-10-01"),
        ("gcp/20261001-20261031/a.json", None),
        ("gcp/20261345/a.json", None),
        ("gcp/2026-10/a.json", None),
        ("gcp/2026-10/02.json", None),
        ("gcp/2026-10/02/a.json", "2026-10-02"),
        ("gcp/month=2026-10/day=2/a.json", "2026-10-02"),
        ("gcp/a-000000000000.json", None),
    ],
)
def test_google_paths_state_the_ingestion_day(path: str, day: str | None) -> None:
    assert gcp_billing.ingestion_day(path) == day
