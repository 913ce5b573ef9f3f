"""MetricFlow's answers agree with the marts; it runs in its own process, as `mf query` does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence

import pytest

pytest.importorskip("dbt_metricflow", reason="The metrics' query engine is an optional part.")
from demos import Demo

from cloudbill.schema import PROJECT

ASK = """
import json, sys
from pathlib import Path
from dbt.cli.main import dbtRunner
from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from dbt_metricflow.cli.dbt_connectors.dbt_config_accessor import dbtArtifacts
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

project, workspace, queries = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
# `mf` looks for target/semantic_manifest.json under the project; DBT_TARGET_PATH is elsewhere.
parse = ["--quiet", "parse", "--project-dir", str(project), "--profiles-dir", str(project)]
dbtRunner().invoke(parse)
load = dbtArtifacts.build_semantic_manifest_from_dbt_project_root
dbtArtifacts.build_semantic_manifest_from_dbt_project_root = lambda project_root: load(workspace)
configuration = CLIConfiguration()
configuration.setup(project, project, configure_file_logging=False)
answers = []
for metrics, group_by in queries:
    request = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=group_by)
    table = configuration.mf.query(request).result_df
    answers.append([[str(c) if not isinstance(c, float) else c for c in r] for r in table.rows])
print("answers:" + json.dumps(answers))
"""
COSTS = ["list_cost", "net_cost", "amortized_net_cost", "invoiced_cost", "amortized_cost"]


def ask(demo: Demo, *queries: tuple[list[str], list[str]]) -> list[list[list[str]]]:
    environment = os.environ | {
        "CLOUDBILL_WORKSPACE": str(demo.workspace),
        "DBT_TARGET_PATH": str(demo.workspace / "target"),
        "DBT_LOG_PATH": str(demo.workspace / "logs"),
        "DO_NOT_TRACK": "1",
    }
    run = subprocess.run(
        [sys.executable, "-c", ASK, str(PROJECT), str(demo.workspace), json.dumps(queries)],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.split("answers:")[1])  # type: ignore[no-any-return]


def by_keys(rows: Iterable[Sequence[object]], keys: int) -> dict[tuple[str, ...], float]:
    """One entry per key and metric that is known."""
    return {
        (*map(str, row[:keys]), str(number)): float(str(cell))
        for row in rows
        for number, cell in enumerate(row[keys:])
        if cell is not None and str(cell) not in {"None", "nan"}
    }


def test_metrics_agree_with_the_marts(demo: Demo) -> None:
    months = "metric_time__month"
    costs, percent, utilization, coverage = ask(
        demo,
        (COSTS, [months, "charge__provider", "charge__billing_currency"]),
        (["amortized_net_cost_kubernetes_percent"], ["charge__billing_currency"]),
        (["commitment_utilization"], ["commitment_day__billing_currency"]),
        (
            ["commitment_coverage", "effective_savings_rate"],
            ["coverage_day__provider", "coverage_day__billing_currency"],
        ),
    )
    expected = demo.rows(
        "select date_trunc('month', charge_date)::timestamp::varchar, provider, billing_currency,"
        f" {', '.join(f'sum({cost})' for cost in COSTS)} from cloud_cost_summary group by all"
    )
    assert by_keys(costs, 3) == pytest.approx(by_keys(expected, 3))
    assert by_keys(percent, 1) == pytest.approx(
        by_keys(
            demo.rows(
                "select billing_currency, sum(amortized_net_cost * kubernetes_percent)::double"
                " / sum(amortized_net_cost)::double from cloud_costs group by all"
            ),
            1,
        )
    )
    assert by_keys(utilization, 1) == pytest.approx(
        by_keys(
            demo.rows(
                "select billing_currency, (sum(used_cost) / sum(committed_cost))::double"
                " from commitments group by all"
            ),
            1,
        )
    )
    assert by_keys(coverage, 2) == pytest.approx(
        by_keys(
            demo.rows(
                "select provider, billing_currency,"
                " (sum(covered_list_cost) / sum(coverable_list_cost))::double,"
                " (sum(coverable_list_cost - effective_cost) / sum(coverable_list_cost)"
                " filter (where effective_cost is not null))::double"
                " from commitment_coverage group by all"
            ),
            2,
        )
    )
