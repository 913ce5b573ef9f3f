"""The five metrics of AWS lines, written by hand in polars: what `bench.py` compares with.

`python scripts/bench_peer.py FILE …` reads landed bills and prints the total of each metric, by the
formulas of AWS's documentation of the Cost and Usage Report: what a line costs by its type. What
Cloudbill does besides is what makes the difference: fees that no line gives back, refunds, fees of
reports without amounts, discounts beside net columns, and lines that are told from several.
"""

import sys

import polars

KEYS = ["line_item_usage_account_id", "line_item_product_code", "line_item_currency_code"]
TYPE = "line_item_line_item_type"


def main(files: list[str]) -> None:
    """Print the totals, after grouping by day, account, service and currency."""
    lines = polars.concat(
        [polars.scan_parquet(file, hive_partitioning=False) for file in files], how="diagonal"
    )
    names = lines.collect_schema().names()

    def amount(name: str, default: polars.Expr | None = None) -> polars.Expr:
        nothing = polars.lit(0.0) if default is None else default
        return polars.col(name).cast(float).fill_null(nothing) if name in names else nothing

    unblended = amount("line_item_unblended_cost")
    net = amount("line_item_net_unblended_cost", unblended)
    is_fee = polars.col(TYPE).is_in(["Fee", "RIFee", "SavingsPlanRecurringFee"])
    amortized = (
        polars.when(polars.col(TYPE) == "SavingsPlanCoveredUsage")
        .then(amount("savings_plan_savings_plan_effective_cost"))
        .when(polars.col(TYPE) == "DiscountedUsage")
        .then(amount("reservation_effective_cost"))
        .when(polars.col(TYPE) == "RIFee")
        .then(
            amount("reservation_unused_amortized_upfront_fee_for_billing_period")
            + amount("reservation_unused_recurring_fee")
        )
        .when(polars.col(TYPE) == "SavingsPlanRecurringFee")
        .then(
            amount("savings_plan_total_commitment_to_date") - amount("savings_plan_used_commitment")
        )
        .when(polars.col(TYPE).is_in(["SavingsPlanNegation", "SavingsPlanUpfrontFee"]))
        .then(0.0)
        .when((polars.col(TYPE) == "Fee") & (polars.col("reservation_reservation_a_r_n") != ""))
        .then(0.0)
        .otherwise(unblended)
    )
    costs = {
        "list": polars.when(is_fee).then(0.0).otherwise(amount("pricing_public_on_demand_cost")),
        "net": net,
        "amortized net": amortized,
        "invoiced": net,
        "amortized": amortized,
    }
    day = polars.col("line_item_usage_start_date").dt.date().alias("day")
    grouped = lines.group_by(*KEYS, day).agg(**{name: cost.sum() for name, cost in costs.items()})
    for name, total in grouped.select(costs.keys()).sum().collect().row(0, named=True).items():
        print(f"{name}: {total:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
