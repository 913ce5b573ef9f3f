"""One bill in the many shapes that tools give it: read alike, or refused; money never is absent."""

import gzip
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cloudbill.config import load_config
from cloudbill.lake.load import LoadResult, forget, load
from cloudbill.read import attention
from cloudbill.schema import PROJECT
from cloudbill.workspace import Workspace

Lake = Callable[..., list[dict[str, Any]]]

# A line of each provider, without maps.
LINES: dict[str, dict[str, Any]] = {
    "aws_cur": {
        "line_item_usage_start_date": "2026-10-05T00:00:00Z",
        "bill_billing_period_start_date": "2026-10-01T00:00:00Z",
        "line_item_unblended_cost": 7,
    },
    "azure_cost": {"Date": "2026-10-05", "CostInBillingCurrency": 7},
    "gcp_billing": {
        "usage_start_time": "2026-10-05 12:00:00 UTC",
        "export_time": "2026-10-06 01:00:00 UTC",
        "cost": 7,
        "credits": "[]",
    },
    "focus": {
        "ChargePeriodStart": "2026-10-05T00:00:00Z",
        "BillingPeriodStart": "2026-10-01T00:00:00Z",
        "BilledCost": 7,
    },
}
MAPS = {
    "aws_cur": ["resource_tags", "cost_category"],
    "azure_cost": ["Tags", "AdditionalInfo"],
    "gcp_billing": ["labels", "system_labels", "project.labels", "tags"],
    "focus": ["Tags", "SkuPriceDetails", "x_SkuDetails"],
}
WANTED = {"env": "prod", "mark": ""}
# What is written into a cell of text (CSV, Parquet, JSON).
TEXTS = {
    "json": '{"env": "prod", "mark": null}',
    "without braces": '"env": "prod", "mark": ""',
    "pairs": '[{"key": "env", "value": "prod"}, {"key": "mark"}]',
    "pairs in capitals": '[{"Key": "env", "Value": "prod"}, {"Key": "mark", "Value": null}]',
    "objects": '[{"env": "prod"}, {"mark": ""}]',
    "python": "{'env': 'prod', 'mark': None}",
    "python pairs": "[{'key': 'env', 'value': 'prod'}\n {'key': 'mark', 'value': nan}]",
    "json in json": json.dumps('{"env": "prod", "mark": ""}'),
    "athena": "{env=prod, mark=}",
    "no key": '[{"key": "env", "value": "prod"}, {"value": "x"}, {"key": "mark"}]',
}
# What stands in a line of JSON.
VALUES: dict[str, Any] = {
    "object": {"env": "prod", "mark": ""},
    "list": [{"key": "env", "value": "prod"}, {"key": "mark", "value": None}],
    "list of objects": [{"env": "prod"}, {"mark": None}],
    "text": '{"env": "prod", "mark": null}',
}
PARQUET = {
    "map": "map {'env': 'prod', 'mark': null}",
    "struct": "{'env': 'prod', 'mark': '', 'other': null::varchar}",
    "list": "[{'key': 'env', 'value': 'prod'}, {'key': 'mark', 'value': null}]",
    "wrapped": "{'list': [{'element': {'key': 'env', 'value': 'prod'}},"
    " {'element': {'key': 'mark', 'value': null}}]}",
    "text": '\'{"env": "prod", "mark": null}\'',
}


@pytest.fixture
def project() -> Path:
    """The tables as they are: all providers, all columns."""
    return PROJECT


@pytest.fixture
def loads(tmp_path: Path, workspace: Workspace) -> Callable[..., dict[str, LoadResult]]:
    """Loads exports (kind by name of a folder); what became of each."""

    def loads(kinds: dict[str, str]) -> dict[str, LoadResult]:
        config = tmp_path / "bills.yml"
        entries = (
            f"  - {{name: {name}, kind: {kind}, location: {name}, scope: {name},"
            " may_repeat: true}\n"
            for name, kind in kinds.items()
        )
        config.write_text("bills:\n" + "".join(entries))
        results = load(load_config(config), workspace)
        # The last word on a bill is whether it was refused.
        return {r.export: r for r in sorted(results, key=lambda r: r.status == "refused")}

    return loads


def lake_name(header: str) -> str:
    """The column of the lake that holds a map."""
    return header.replace(".", "_").lower()


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def csv_of(line: dict[str, Any]) -> str:
    values = ",".join(cell(str(value)) for value in line.values())
    return ",".join(map(cell, line)) + "\n" + values + "\n"


def nested(line: dict[str, Any], header: str, value: Any) -> dict[str, Any]:
    """A line with a value under a name that may have a point in it."""
    group, _, name = header.partition(".")
    return {**line, group: {name: value} if name else value}


def test_maps_are_read_in_every_shape_of_every_format_and_provider(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    kinds: dict[str, str] = {}
    wanted: dict[str, dict[str, dict[str, str]]] = {}

    def folder(kind: str, shape: str) -> Path:
        name = re.sub(r"\W+", "_", f"{kind}_{shape}")
        kinds[name] = kind
        wanted[name] = {lake_name(header): WANTED for header in MAPS[kind]}
        (tmp_path / name).mkdir()
        return tmp_path / name

    for kind, line in LINES.items():
        for shape, text in TEXTS.items():
            whole = line | dict.fromkeys(MAPS[kind], text)
            (folder(kind, f"csv {shape}") / "a.csv").write_text(csv_of(whole))
        for shape, value in VALUES.items():
            whole = line
            for header in MAPS[kind]:
                whole = nested(whole, header, value)
            path = folder(kind, f"ndjson {shape}") / "a.json"
            # Lines that have nothing there, or an empty one.
            empty = {**whole, **dict.fromkeys([h for h in MAPS[kind] if "." not in h])}
            path.write_text("".join(json.dumps(x) + "\n" for x in (whole, line, empty)))
        for shape, sql in PARQUET.items():
            path = folder(kind, f"parquet {shape}") / "a.parquet"
            columns = [f"""'{value}' as "{header}\"""" for header, value in line.items()]
            columns += [f"""{sql} as "{header}\"""" for header in MAPS[kind]]
            duckdb.execute(f"copy (select {', '.join(columns)}) to '{path}'")
        # A table has no cell for a key without a value: there it is none.
        flat = line | {f"{header}.{key}": "prod" for header in MAPS[kind] for key in ("env", "e_1")}
        path = folder(kind, "flat")
        (path / "a.csv").write_text(csv_of(flat))
        wanted[path.name] = {lake_name(h): {"e_1": "prod", "env": "prod"} for h in MAPS[kind]}
    results = loads(kinds)
    assert {n: r.reason for n, r in results.items() if r.status != "new" or r.reason} == {}
    for kind in LINES:
        rows = [row for row in lake(kind) if row["export"] in kinds]
        for name in (name for name, of_kind in kinds.items() if of_kind == kind):
            own = [row for row in rows if row["export"] == name]
            for column, expected in wanted[name].items():
                found = [{k: v or "" for k, v in row[column].items()} for row in own if row[column]]
                assert found, (name, column)
                assert all(one == expected for one in found), (name, column, found)


CREDITS = {
    "python": "[{'name': 'a', 'amount': -2.0, 'type': 'PROMOTION'}]",
    "decimals": "[{'amount': Decimal('-2.0')}]",
    "one object": '{"type": "PROMOTION", "amount": "-2"}',
    "capitals": '[{"Amount": -2.0}]',
    "lists of fields": '{"amount": [-1, -1], "type": ["A", "B"]}',
    "in a text": json.dumps('[{"amount": -2}]'),
    "a number": "-2.0",
}
NO_CREDITS = ["[]", "{}", "None", "null", "NaN", "", "[{}]", '[{"type": "x", "amount": null}]']
NO_NUMBERS = ["[{'value': -2}]", '[{"amount": "-2,0"}]', '{"PROMOTION": -2}', "x"]


def test_credits_are_read_in_every_shape_or_refused(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]]
) -> None:
    line, costs = dict(LINES["gcp_billing"]), {}
    del line["credits"]

    def folder(cost: int | None) -> Path:
        name = f"g{len(costs)}"
        costs[name] = cost
        (tmp_path / name).mkdir()
        return tmp_path / name

    for cost, texts in ((5, CREDITS.values()), (7, NO_CREDITS), (None, NO_NUMBERS)):
        for text in texts:
            (folder(cost) / "a.csv").write_text(csv_of(line | {"credits": text}))
            both = (line | {"credits": text}, line | {"credits": [{"amount": 0}]})
            text_in_json = "".join(json.dumps(x) + "\n" for x in both)
            (folder(None if cost is None else cost + 7) / "a.json").write_text(text_in_json)
    for value in ({"amount": -2}, [{"amount": -2.0, "type": None}], [{"amount": "-2"}, None]):
        (folder(5) / "a.json").write_text(json.dumps(line | {"credits": value}) + "\n")
    for header in ("credits.amount", "credits_0_amount", "credits[0].amount"):
        (folder(5) / "a.csv").write_text(csv_of(line | {header: "-2.0", "credits.name": "x"}))
    for header in ("credits_total", "total_credits", "credit amount"):
        (folder(None) / "a.csv").write_text(csv_of(line | {header: "-2.0"}))
    # A label is no credit, whatever its key.
    (folder(7) / "a.csv").write_text(csv_of(line | {"labels.credit-team": "x"}))
    struct = "{'amount': -2.0::double, 'type': 'A'}"
    for sql in (struct, f"[{struct}]", "'[{\"amount\": -2}]'"):
        columns = [f"'{value}' as {header}" for header, value in line.items()]
        target = folder(5) / "a.parquet"
        duckdb.execute(f"copy (select {', '.join(columns)}, {sql} as credits) to '{target}'")
    results = loads(dict.fromkeys(costs, "gcp_billing"))
    found = {
        name: sum(result.cost.values(), Decimal()) if result.status == "new" else None
        for name, result in results.items()
    }
    assert found == costs
    for name in (name for name, cost in costs.items() if cost is None):
        assert "credits" in (results[name].reason or "")
        assert not re.search("error|unread|duckdb", results[name].reason or "", re.IGNORECASE)


def test_google_files_without_credits_say_so_once(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]]
) -> None:
    line = dict(LINES["gcp_billing"])
    without = {name: value for name, value in line.items() if name != "credits"}
    for name, lines in (("with", [line]), ("without", [without] * 3), ("some", [without, line])):
        (tmp_path / name).mkdir()
        for number, each in enumerate(lines):
            (tmp_path / name / f"{number}.csv").write_text(csv_of(each | {"cost": number + 1}))
    results = loads(dict.fromkeys(("with", "without", "some"), "gcp_billing"))
    assert {result.status for result in results.values()} == {"new"}
    assert results["with"].reason is None
    said = results["without"].reason or ""
    assert said.startswith("its files have no column 'credits'")
    assert said.count("credits") == 2
    assert "some/0.csv: there is no column 'credits'" in (results["some"].reason or "")


def test_of_a_tag_that_is_there_twice_one_counts(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    for kind, line in LINES.items():
        (tmp_path / kind).mkdir()
        tags = {MAPS[kind][0]: '{"env": "prod", "mark": "", "env": "prod"}'}
        (tmp_path / kind / "a.csv").write_text(csv_of(line | tags))
    assert {r.status for r in loads({kind: kind for kind in LINES}).values()} == {"new"}
    for kind in LINES:
        rows = [row[lake_name(MAPS[kind][0])] for row in lake(kind)]
        assert [row for row in rows if row] == [WANTED]


@pytest.mark.parametrize("tags", ["", '{"env": "b", "env": "a"}'])
@pytest.mark.parametrize(
    "twice", ['{"VMName": "a", "VMName": "b"}', '"VMName": "a", "VMName": "b"']
)
def test_what_a_line_is_about_is_not_told_by_a_key_that_is_there_twice(
    twice: str, tags: str, tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    (tmp_path / "a").mkdir()
    line = LINES["azure_cost"] | {"UnitOfMeasure": "1 Hour", "Quantity": 24, "Tags": tags}
    details = [twice, '{"VMName": "c", "VMName": "c"}', '{"VMName": "d"}']
    rows = [csv_of(line | {"AdditionalInfo": told}).split("\n") for told in details]
    text = "\n".join([rows[0][0], *(row[1] for row in rows), ""])
    (tmp_path / "a" / "a.csv").write_text(text)
    result = loads({"a": "azure_cost"})["a"]
    assert re.search(r"line 2, column 'AdditionalInfo': .* 24 hours", result.reason or "")
    landed = [(row["additionalinfo"], row["tags"]) for row in lake("azure_cost")]
    known = {"env": "a"} if tags else None
    assert [row for row in landed if row[0]] == [({"VMName": name}, known) for name in "cd"]


def test_all_tags_of_aws_stand_for_those_of_resources(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    tags = {"resourceTags/user:Team": "web", "accountTag/x": "1", "costCategory/Unit": "shop"}
    for name, own in (("without", {}), ("beside", {"resource_tags": '{"user_team": "own"}'})):
        (tmp_path / name).mkdir()
        line = LINES["aws_cur"] | own | {"tags": json.dumps(tags)}
        (tmp_path / name / "a.csv").write_text(csv_of(line))
    loads(dict.fromkeys(("without", "beside"), "aws_cur"))
    beside, without = lake("aws_cur", "export")[-2:]
    assert (beside["resource_tags"], beside["cost_category"]) == (
        {"user_team": "own"},
        {"unit": "shop"},
    )
    assert without["resource_tags"] == {"user_team": "web"}
    assert without["tag_set_id"] is not None


@pytest.mark.parametrize("ending", ["json", "parquet"])
def test_tags_of_the_resource_manager_tell_sets_apart(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake, ending: str
) -> None:
    tag = {"inherited": True, "namespace": "organizations/1"}
    label = [{"key": "team", "value": "web"}]
    rows = [
        {"cost": 1, "labels": label, "tags": []},
        {"cost": 2, "labels": [], "tags": [{"key": "team", "value": "web", **tag}]},
        {"cost": 3, "labels": label, "tags": [{"key": "team", "value": "db", **tag}]},
        {"cost": 4, "labels": label, "tags": [{"key": "env", "value": "prod", **tag}]},
        {"cost": 5, "labels": [], "tags": []},
    ]
    (tmp_path / "a").mkdir()
    text = "\n".join(json.dumps(LINES["gcp_billing"] | row) for row in rows)
    (tmp_path / "a" / "a.json").write_text(text)
    if ending == "parquet":
        source, target = tmp_path / "a" / "a.json", tmp_path / "a" / "a.parquet"
        duckdb.execute(f"copy (from '{source}') to '{target}'")
        source.unlink()
    loads({"a": "gcp_billing"})
    first, second, third, fourth, fifth = (row["tag_set_id"] for row in lake("gcp_billing", "cost"))
    assert first == second == third
    assert fourth not in {None, first}
    assert fifth is None


@pytest.mark.parametrize("quote", ['"', "'"])
def test_tags_of_resources_may_state_their_kind(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake, quote: str
) -> None:
    """As the column of all tags does under the name of the older one, in either reader."""
    tags = {"resourceTags/aws:eks:cluster-name": "shop", "user:Team": "web"}
    text = json.dumps(tags).replace('"', quote)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.csv").write_text(csv_of(LINES["aws_cur"] | {"resource_tags": text}))
    loads({"a": "aws_cur"})
    assert [row["resource_tags"] for row in lake("aws_cur")] == [
        {"aws_eks_cluster_name": "shop", "user_team": "web"}
    ]


def test_one_malformed_cell_costs_the_cell_and_is_told(
    tmp_path: Path,
    loads: Callable[..., dict[str, LoadResult]],
    lake: Lake,
    workspace: Workspace,
) -> None:
    (tmp_path / "a").mkdir()
    line = LINES["azure_cost"] | {"UnitOfMeasure": "1/Stunde", "Quantity": 24}
    cells = [
        {"Tags": '"k": "v"', "AdditionalInfo": '{"VMName": "a"}'},
        {"Tags": '"k": "cut o', "AdditionalInfo": ""},
        {"Tags": "null", "AdditionalInfo": "null"},
        {"Tags": "also cut", "AdditionalInfo": ""},
        {"Tags": "", "AdditionalInfo": "{'VMName': "},
    ]
    rows = [csv_of(line | cell).split("\n") for cell in cells]
    text = "\n".join([rows[0][0], *(row[1] for row in rows), ""])
    (tmp_path / "a" / "a.csv").write_text(text)
    result = loads({"a": "azure_cost"})["a"]
    assert (result.status, result.rows) == ("new", 5)
    reason = result.reason or ""
    assert re.search(r"a\.csv, line 3, column 'Tags': '\"k\": \"cut o' .* 2 lines", reason)
    assert re.search(r"line 6, column 'AdditionalInfo': .* 24 hours", reason)
    assert [row["tags"] for row in lake("azure_cost") if row["tags"]] == [{"k": "v"}]
    # Nobody reads yesterday's load: status tells it as long as the bill counts.
    assert loads({"a": "azure_cost"})["a"].reason is None
    assert f"a: {reason}" in [notice.sentence for notice in attention.of(workspace)]
    forget(workspace, "a")
    assert not [notice for notice in attention.of(workspace) if notice.kind == "unread"]


@pytest.mark.parametrize(
    ("column", "value"),
    [("CostInBillingCurrency", "1_000"), ("CostInBillingCurrency", "1,234"), ("Date", "10/5/26")]
    + [("Date", word) for word in ("infinity", "epoch", "1970-01-01", "2206-10-05", "45570")]
    + [("CostInBillingCurrency", word) for word in ("ten", "inf", "9e30", "1e18", "true")],
)
def test_what_cannot_be_is_refused_with_its_cell(
    column: str, value: str, tmp_path: Path, loads: Callable[..., dict[str, LoadResult]]
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.csv").write_text(csv_of(LINES["azure_cost"] | {column: value}))
    result = loads({"a": "azure_cost"})["a"]
    assert result.status == "refused"
    assert f"line 2, column '{column}': '{value}'" in (result.reason or "")


def test_of_dates_that_cannot_be_that_of_the_line_is_named(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]]
) -> None:
    (tmp_path / "a").mkdir()
    line = {"BillingPeriodStartDate": "10/1/26", **LINES["azure_cost"], "Date": "10/5/26"}
    (tmp_path / "a" / "a.csv").write_text(csv_of(line))
    assert "column 'Date': '10/5/26'" in (loads({"a": "azure_cost"})["a"].reason or "")


def test_a_line_break_in_a_tag_is_part_of_it(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    texts = ['{"note": "one\ntwo", "env": "prod"}', '"note": "one\ntwo", "env": "prod"']
    for number, text in enumerate(texts):
        (tmp_path / f"a{number}").mkdir()
        path = tmp_path / f"a{number}" / "a.csv"
        path.write_text(csv_of(LINES["azure_cost"] | {"Tags": text}))
    results = loads({f"a{number}": "azure_cost" for number in range(len(texts))})
    assert [result.reason for result in results.values()] == [None, None]
    tags = {"note": "one\ntwo", "env": "prod"}
    assert [row["tags"] for row in lake("azure_cost")] == [tags, tags]


def test_days_and_months_are_told_apart_by_the_file_as_a_whole(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    header = "Date,CostInBillingCurrency,BillingPeriodStartDate,BillingPeriodEndDate\n"
    first_twelve = "".join(f"{day:02}/10/2026,1,,\n" for day in range(1, 13))
    files = {
        # Its folder, its last day or its period says so.
        "folder/20261001-20261031/a.csv": header + first_twelve,
        "end/a.csv": header + first_twelve + "31/10/2026,1,,\n",
        "period/a.csv": header + first_twelve.replace(",1,,", ",1,01/10/2026,31/10/2026"),
        "start/a.csv": header + first_twelve.replace(",1,,", ",1,01/10/2026,"),
        # Read another way, its lines would state another period than its folder does.
        "stated/20261001-20261031/a.csv": header
        + "10/10/2026,1,10/01/2026,\n09/10/2026,1,10/01/2026,\n",
        "nothing/a.csv": header + first_twelve,
        "american/20261001-20261031/a.csv": header + "10/01/2026,1,,\n10/02/2026,1,,\n",
        "neither/a.csv": header + "10/31/2026,1,,\n31/10/2026,1,,\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    results = loads(dict.fromkeys([name.split("/")[0] for name in files], "azure_cost"))
    refused = {name for name, result in results.items() if result.status == "refused"}
    assert refused == {"nothing", "neither"}
    assert "nothing tells whether the day or the month comes first" in (
        results["nothing"].reason or ""
    )
    months = {(row["export"], row["date"].month) for row in lake("azure_cost") if row["date"]}
    assert ("stated", 9) in months
    assert {month for name, month in months if name != "stated"} == {10}


def test_the_days_of_a_bill_tell_days_from_months_in_every_format(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    header = "Date,CostInBillingCurrency,BillingPeriodStartDate,BillingPeriodEndDate\n"
    days = [f"{day:02}/10/2026" for day in range(1, 13)]
    lines = {
        "across/20260915-20261014/a.csv": days,
        "american/20260915-20261014/a.csv": [f"10/{day:02}/2026" for day in range(1, 13)],
        "week/20261005-20261012/a.csv": days[4:],
        "day/20261005-20261006/a.csv": days[4:5],
        # Lines put together, of which the first are written otherwise.
        "mixed/20261001-20261031/a.csv": ["2026-10-01"] * 30 + days,
        "text/20261001-20261031/a.parquet": days,
        "late/20261001-20261031/a.parquet": ["05/10/2026", "13/10/2026"],
    }
    for name, dates in lines.items():
        (tmp_path / name).parent.mkdir(parents=True)
        if name.endswith(".csv"):
            (tmp_path / name).write_text(header + "".join(f"{day},1,,\n" for day in dates))
        else:
            duckdb.execute(
                f"copy (select unnest({dates}) as Date, '1' as CostInBillingCurrency)"
                f" to '{tmp_path / name}'"
            )
    # Billing periods that start on the fifth, with the month first.
    flat = {
        "january": "01/05/2026,1,01/05/2026,\n01/06/2026,1,01/05/2026,\n",
        "one_day": "01/05/2026,1,01/05/2026,02/04/2026\n",
    }
    for name, rows in flat.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text(header + rows)
    exports = [*(name.split("/")[0] for name in lines), *flat]
    results = loads(dict.fromkeys(exports, "azure_cost"))
    assert not [result.reason for result in results.values() if result.status == "refused"]
    months = {(row["export"], row["date"].month) for row in lake("azure_cost")}
    assert months == {(name, 1 if name in flat else 10) for name in exports}


def test_a_month_begins_on_the_eve_in_utc_where_its_issuer_is_in_the_east(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    """FOCUS writes times in UTC, but a month begins at midnight where its issuer is."""
    starts = {
        "kiribati": ("2026-09-30T10:00:00Z", "2026-10"),
        "shanghai": ("2026-09-30T16:00:00Z", "2026-10"),
        "shanghai_as_written": ("2026-10-01T00:00:00+08:00", "2026-10"),
        "greenwich": ("2026-10-01T00:00:00Z", "2026-10"),
        "pacific": ("2026-10-01T07:00:00Z", "2026-10"),
        "from_the_30th": ("2026-09-30T00:00:00Z", "2026-09"),
    }
    for name, (start, _) in starts.items():
        line = {**LINES["focus"], "ChargePeriodStart": "2026-10-02", "BillingPeriodStart": start}
        (tmp_path / name).mkdir()
        (tmp_path / name / "bill.csv").write_text(csv_of(line))
    assert not [r for r in loads(dict.fromkeys(starts, "focus")).values() if r.status == "refused"]
    found = {row["export"]: row["billing_period"] for row in lake("focus")}
    assert found == {name: month for name, (_, month) in starts.items()}


def test_a_description_that_tells_the_price_makes_no_other_line(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]]
) -> None:
    """Two versions of a bill in one folder, restated to the last line."""
    (tmp_path / "a").mkdir()
    for number, price in enumerate((0.10, 0.12)):
        head = "ChargePeriodStart,BillingPeriodStart,SubAccountId,ResourceId,SkuId"
        rows = "".join(
            f"2026-10-{day:02}T00:00:00Z,2026-10-01T00:00:00Z,s,vm,x,{price} an hour,{24 * price}\n"
            for day in range(1, 11)
        )
        text = f"{head},ChargeDescription,BilledCost\n{rows}"
        (tmp_path / "a" / f"part-{number}.csv").write_text(text)
    result = loads({"a": "focus"})["a"]
    assert result.status == "refused"
    assert "hold the same charges" in (result.reason or "")


def test_quantities_too_large_cost_themselves_and_spellings_that_differ_the_bill(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    lines = {
        "aws": ("aws_cur", {"line_item_usage_amount": "2.6e21"}),
        "azure": ("azure_cost", {"Quantity": "2600000000000000000000"}),
        "gcp": ("gcp_billing", {"usage.amount": "2.6e21"}),
        "focus": ("focus", {"ConsumedQuantity": "2.6e21", "PricingQuantity": "3"}),
        "twice": ("azure_cost", {"Cost in Billing Currency": "8"}),
        "same": ("azure_cost", {"Cost in Billing Currency": "7.0"}),
    }
    for name, (kind, values) in lines.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text(csv_of(LINES[kind] | values))
    results = loads({name: kind for name, (kind, _) in lines.items()})
    assert {name for name, result in results.items() if result.status == "refused"} == {"twice"}
    assert "'CostInBillingCurrency' says 7 and 'Cost in Billing Currency'" in (
        results["twice"].reason or ""
    )
    assert {name for name, result in results.items() if result.reason} == {"twice", "aws", "azure"}
    assert [row["usage_amount"] for row in lake("gcp_billing") if row["cost"]] == [2.6e21]


def test_names_of_before_count_where_a_file_has_no_later_ones(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]], lake: Lake
) -> None:
    lines = {
        "old": {"UsageQuantity": 5, "AmortizedCost": 6},
        "own": {
            "ConsumedQuantity": 4,
            "EffectiveCost": 7,
            "UsageQuantity": 100,
            "AmortizedCost": 9,
        },
        "twice": {"EffectiveCost": 7, "EFFECTIVECOST": 9},
    }
    for name, values in lines.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text(csv_of(LINES["focus"] | values))
    results = loads(dict.fromkeys(lines, "focus"))
    assert {name for name, result in results.items() if result.status == "refused"} == {"twice"}
    assert {
        row["export"]: (row["consumedquantity"], row["effectivecost"])
        for row in lake("focus")
        if row["export"]
    } == {"old": (5, 6), "own": (4, 7)}


def test_texts_in_other_encodings_and_with_something_around_them(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]]
) -> None:
    text = csv_of(LINES["azure_cost"] | {"ResourceGroup": "Größe"})
    line = json.dumps(LINES["gcp_billing"]) + "\n"
    files = {
        "utf16": ("azure_cost", text.encode("utf-16")),
        "utf16le": ("azure_cost", text.encode("utf-16-le")),
        "packed16": ("azure_cost", gzip.compress(text.encode("utf-16"))),
        "blank": ("azure_cost", ("\r\n\r\n" + text.replace("\n", "\r\n")).encode("utf-8-sig")),
        "blankmark": ("azure_cost", b"\n\n" + text.encode()),
        "jsonmark": ("gcp_billing", line.encode("utf-8-sig")),
        "json16": ("gcp_billing", line.encode("utf-16")),
        "padded": ("gcp_billing", gzip.compress(line.encode()) + bytes(600)),
        "paddedcsv": ("azure_cost", gzip.compress(text.encode()) + bytes(600)),
    }
    for name, (_, data) in files.items():
        (tmp_path / name).mkdir()
        ending = "json" if name.startswith(("json", "padded")) and "csv" not in name else "csv"
        packed = ".gz" if data.startswith(b"\x1f\x8b") else ""
        (tmp_path / name / f"a.{ending}{packed}").write_bytes(data)
    results = loads({name: kind for name, (kind, _) in files.items()})
    assert {name: (r.status, r.reason, r.rows) for name, r in results.items()} == dict.fromkeys(
        files, ("new", None, 1)
    )


CONTRACT = {"ContractCommitmentId": "c", "ContractId": "k", "ContractCommitmentCost": 1000}
SCHEMA = {"SchemaId": "s", "FocusVersion": "1.2", "ColumnDefinition": [{"ColumnName": "Tags"}]}
PRICE = {"export_time": "2026-10-06 01:00:00 UTC", "pricing_as_of_time": "2026-10-06", "sku": {}}
BESIDE = {
    "c.csv": ("focus", csv_of(CONTRACT), "the data set Contract Commitment of FOCUS"),
    "c.jsonl": ("focus", json.dumps(CONTRACT), "the data set Contract Commitment of FOCUS"),
    "c.json": ("focus", json.dumps([CONTRACT]), "the data set Contract Commitment of FOCUS"),
    "ContractCommitment/c.csv": ("focus", csv_of(CONTRACT), "the data set Contract Commitment"),
    "schema.json": ("focus", json.dumps(SCHEMA, indent=2), "metadata of FOCUS"),
    "metadata/generator.json": ("focus", '{\n "DataGenerator": "x"\n}', "metadata of FOCUS"),
    "metadata/schema.json": ("focus", json.dumps(SCHEMA), "metadata of FOCUS"),
    "prices.json": ("gcp_billing", json.dumps(PRICE), "the pricing export of Google Cloud"),
    "prices/p.json": ("gcp_billing", json.dumps(PRICE), "the pricing export of Google Cloud"),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_holds_no_charges_is_left_aside_by_name(
    name: str, tmp_path: Path, workspace: Workspace
) -> None:
    kind, text, what = BESIDE[name]
    (tmp_path / "f" / name).parent.mkdir(parents=True)
    (tmp_path / "f" / name).write_text(text)
    config = tmp_path / "bills.yml"
    config.write_text(f"bills: [{{name: f, kind: {kind}, location: f}}]")
    results = load(load_config(config), workspace)
    assert [(r.status, "correct the location" in (r.reason or "")) for r in results] == [
        ("refused", True)
    ], "a location without any charges"
    (tmp_path / "f" / "charges.json").write_text(json.dumps(LINES[kind]))
    for status in ("new", "unchanged"):
        results = load(load_config(config), workspace)
        assert {r.status for r in results} <= {status, "skipped"}
        assert sum(r.rows for r in results) == 1
        told = " ".join(r.reason or "" for r in results)
        assert status == "unchanged" or f"{name} is {what}" in told


def test_charges_are_never_left_aside(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]]
) -> None:
    charges = json.dumps(LINES["focus"])
    applied = {"ContractApplied": {"Elements": [CONTRACT] * 100}} | LINES["focus"]
    files = {
        "among": f"{charges}\n{json.dumps(CONTRACT)}\n",
        "list": json.dumps([applied]),
        "undated": json.dumps({"BilledCost": 7} | CONTRACT),
        "good": json.dumps(applied),
    }
    for name, text in files.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.json").write_text(text)
        (tmp_path / name / "b.json").write_text(json.dumps(LINES["focus"] | {"BilledCost": 8}))
    results = loads(dict.fromkeys(files, "focus"))
    assert {name: result.status for name, result in results.items()} == {
        **dict.fromkeys(files, "refused"),
        "good": "new",
    }
    assert results["good"].rows == 2


def test_what_would_end_the_program_refuses_one_bill(
    tmp_path: Path, loads: Callable[..., dict[str, LoadResult]]
) -> None:
    line = json.dumps(LINES["gcp_billing"])
    deep = "[" * 100_000 + "]" * 100_000
    files = {
        "deep": line[:-1] + f', "labels": {deep}}}\n',
        "twice": line[:-1] + ', "cost": 8}\n',
        "good": line + "\n",
    }
    for name, text in files.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.json").write_text(text)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.csv").write_text(csv_of(LINES["azure_cost"] | {"Tags": deep}))
    results = loads({**dict.fromkeys(files, "gcp_billing"), "text": "azure_cost"})
    assert {name: result.status for name, result in results.items()} == {
        "deep": "refused",
        "twice": "refused",
        "good": "new",
        "text": "new",
    }
    assert "lists and objects in it" in (results["deep"].reason or "")
    assert "line 1: 'cost' is there twice" in (results["twice"].reason or "")
