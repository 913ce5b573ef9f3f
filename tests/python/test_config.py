from pathlib import Path

import pytest

from cloudbill.config import load_config
from cloudbill.errors import CloudbillError

ACTUAL = "  - {name: a, kind: azure_cost, location: a, scope: ea, dataset: actual}\n"


def test_locations_are_relative_to_the_file_and_scope_defaults_to_the_name(tmp_path: Path) -> None:
    path = tmp_path / "bills.yml"
    path.write_text("bills:\n  - {name: payer, kind: aws_cur, location: cur/payer}\n")
    export = load_config(path).bills[0]
    assert export.path == tmp_path / "cur" / "payer"
    assert export.scope == "payer"


def test_all_sections_and_options_are_read(tmp_path: Path) -> None:
    path = tmp_path / "bills.yml"
    path.write_text(
        "bills:\n"
        + ACTUAL
        + "  - {name: 2026, kind: azure_cost, location: b, scope: ea, dataset: amortized,"
        " currency: EUR}\n"
        "nodes:\n  - {cluster: prod, location: n.json}\n"
        "azure_price_sheets:\n  - location: p.csv\n"
        "azure_subscriptions:\n  - location: /s.json\n"
    )
    config = load_config(path)
    assert [export.name for export in config.bills] == ["a", "2026"]
    assert config.bills[1].currency == "EUR"
    assert config.nodes[0].path == tmp_path / "n.json"
    assert config.azure_subscriptions[0].path == Path("/s.json")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("bills:\n  - name: a\n    kind: aws_cur\n    place: x\n", 4, "unknown key 'place'"),
        ("bils: []\n", 1, "unknown key 'bils'"),
        ("bills:\n  - name: a\n    kind: cur\n    location: x\n", 3, "unknown kind 'cur'"),
        ("bills:\n  - name: a\n    kind: aws_cur\n", 2, "'location' is missing"),
        ("bills:\n  - name: a b\n    kind: aws_cur\n    location: x\n", 2, "'a b'"),
        ("bills:\n" + ACTUAL + ACTUAL, 3, "another export named 'a'"),
        ("bills:\n" + ACTUAL + ACTUAL.replace("name: a", "name: b"), 3, "same scope"),
        (
            "bills:\n" + ACTUAL + "  - {name: ea, kind: aws_cur, location: x}\n",
            3,
            "same scope",
        ),
        ("bills:\n  - name: a\n    name: b\n", 3, "'name' is given twice"),
        (
            "bills:\n  - {name: a, kind: aws_cur, location: x, dataset: actual}\n",
            2,
            "only azure_cost",
        ),
        ("bills:\n  - {name: a, kind: aws_cur, location: x, currency: euro}\n", 2, "currency"),
        ("bills:\n  - name: [\n", 3, "not YAML"),
        (f"bills:\n  - {{name: {'x' * 101}, kind: aws_cur, location: x}}\n", 2, "100 characters"),
        ("- a\n", 1, "begins with 'bills:'"),
        ("bills:\n  - {[a]: b}\n", 2, "a key must be a word"),
        ("bills: &a\n  - *a\n", 1, "nested too deeply"),
        ("bills: " + "[" * 30 + "]" * 30 + "\n", 1, "nested too deeply"),
        (
            "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"{c}: &{c} [{','.join(['*' + b] * 10)}]\n"
                for b, c in zip("abcde", "bcdef", strict=True)
            ),
            1,
            "aliases and lists make more than",
        ),
    ],
)
def test_what_is_wrong_names_the_file_and_the_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = tmp_path / "bills.yml"
    path.write_text(text)
    with pytest.raises(CloudbillError) as error:
        load_config(path)
    assert f"{path}, line {line}: " in str(error.value)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 2


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CloudbillError, match="does not exist"):
        load_config(tmp_path / "bills.yml")


def test_what_is_no_text_and_what_is_nested_without_end_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bills.yml"
    for content in (b"\xff\xfe\x00", b"bills: \x00", b"[" * 5000):
        path.write_bytes(content)
        with pytest.raises(CloudbillError, match=str(path)) as error:
            load_config(path)
        assert "\n" not in str(error.value) and error.value.exit_code == 2
