"""bills.yml: which exports there are and where."""

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from cloudbill.errors import USAGE, CloudbillError

Lines = dict[tuple[str | int, ...], int]


LONGEST_NAME = 100
"""Of an export or cluster: file systems take 255 characters for a name made of it."""
LARGEST_FILE = 10_000_000
MOST_VALUES = 100_000
DEEPEST = 20


def check_name(name: str) -> str:
    """Names become folder names; those in double underscores belong to the lake itself."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name) or set(name) == {"."} or name.startswith("__"):
        raise ValueError("use letters, digits, '.', '_' and '-' only")
    return check_length(name)


def check_length(name: str) -> str:
    """Names become parts of file names."""
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"names have {LONGEST_NAME} characters at most")
    return name


Name = Annotated[str, AfterValidator(check_name)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Located(_Section):
    location: str = Field(min_length=1)

    endpoint: str | None = Field(default=None, pattern="^https?://")
    """Of an emulator or a private cloud."""

    @property
    def path(self) -> Path:
        """The location as a path on this machine."""
        return Path(self.location)


class Export(_Located):
    """An export of bills: one entry of `bills`."""

    name: Name
    kind: Literal["aws_cur", "azure_cost", "gcp_billing", "focus"]
    dataset: Literal["actual", "amortized"] | None = None
    scope: Name = ""
    may_repeat: bool = False
    """Load also what another export holds already, charge by charge."""
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    counts: bool = True
    """`false` for the one of two exports of the same charges that is not to be counted."""


class Nodes(_Located):
    """The nodes of one Kubernetes cluster: a list in a file, or live from a kubeconfig context."""

    cluster: Annotated[str, Field(min_length=1), AfterValidator(check_length)]
    location: str = ""
    context: str = ""


class Located(_Located):
    """A price sheet, a list of subscriptions, or exports of reservations."""


def month_of(text: str) -> str | None:
    """The month that an invoice is for: 2026-09, 202609 or its first day."""
    match = re.fullmatch(r"(20[0-9]{2})-?(0[1-9]|1[0-2])(-01([T ]00:00:00)?)?", text)
    return f"{match[1]}-{match[2]}" if match else None


def _period(text: str) -> str:
    if not (month := month_of(text)):
        raise ValueError("write the month as 2026-09")
    return month


def _amount(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,18})?", text):
        raise ValueError("write it with a decimal point and no separators, such as 1234.56")
    return text


def account_key(account: str) -> str:
    """An account as it is compared: the last part of an Azure path, digits without their hyphens.

    Spreadsheets drop zeros in front of digits, so none counts.
    """
    last = account.strip().rstrip("/").rpartition("/")[2].lower()
    if re.fullmatch(r"[0-9]{4}-[0-9]{4}-[0-9]{4}", last):
        last = last.replace("-", "")
    return last.lstrip("0")


class Invoice(_Section):
    """What was invoiced to a billing account for a month, or a list of these in a file."""

    location: str = ""
    endpoint: str | None = Field(default=None, pattern="^https?://")
    account: str = ""
    billing_period: Annotated[str, AfterValidator(_period)] | None = None
    amount: Annotated[str, AfterValidator(_amount)] | None = None
    currency: Annotated[str, StringConstraints(pattern="^[A-Za-z]{3}$", to_upper=True)] | None = (
        None
    )
    invoice: str = ""
    """Its number, where an account has several of one amount in a month."""

    @property
    def told(self) -> tuple[str | Decimal | None, ...]:
        """What it says, however that is written."""
        amount = Decimal(self.amount) if self.amount else None
        account = account_key(self.account)
        return self.location, account, self.billing_period, amount, self.currency, self.invoice

    @property
    def is_whole(self) -> bool:
        """Whether it says all that an invoice needs, or where a list is, and nothing else."""
        stated = (self.account, self.billing_period, self.amount, self.currency)
        return not any((*stated, self.invoice)) if self.location else all(stated)


class Config(_Section):
    """All of bills.yml."""

    bills: list[Export] = []
    nodes: list[Nodes] = []
    azure_price_sheets: list[Located] = []
    azure_subscriptions: list[Located] = []
    azure_reservations: list[Located] = []
    invoices: list[Invoice] = []


def _composed(path: Path) -> yaml.Node | None:
    """The YAML of a file, before it is given a meaning."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CloudbillError(
                f"{path} has more than {LARGEST_FILE // 1_000_000} MB: it is no bills.yml; name"
                " yours with --config.",
                USAGE,
            )
        return yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise CloudbillError(
            f"{path} does not exist: write one (bills.example.yml shows how), or name yours with"
            " --config.",
            USAGE,
        ) from None
    except UnicodeDecodeError:
        raise CloudbillError(f"{path} is not UTF-8 text: save it as UTF-8.", USAGE) from None
    except OSError as error:
        raise CloudbillError(f"{path} cannot be read: {error.strerror}.", USAGE) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CloudbillError(f"{path}, line {line}: not YAML: {error.problem}.", USAGE) from None
    except yaml.YAMLError as error:
        why = " ".join(str(error).split())
        raise CloudbillError(f"{path} is not YAML: {why}.", USAGE) from None
    except RecursionError:
        raise CloudbillError(f"{path} is nested too deeply to be a bills.yml.", USAGE) from None


def load_config(path: Path) -> Config:
    """Read bills.yml; what is wrong in it is an error that names the file and the line."""
    node = _composed(path)
    lines: Lines = {}
    try:
        data = _plain(node, (), lines) if node else {}
        if data is not None and not isinstance(data, dict):
            raise _ProblemError(1, "a bills.yml begins with 'bills:' and a list below it.")
        config = Config.model_validate(data or {})
        _check(config, lines)
        _check_invoices(config, lines)
    except ValidationError as error:
        # A misspelt key is also a missing one: the spelling is what to tell.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        line = _line(lines, tuple(first["loc"]))
        raise CloudbillError(f"{path}, line {line}: {_sentence(first)}", USAGE) from None
    except _ProblemError as problem:
        raise CloudbillError(f"{path}, line {problem.line}: {problem}", USAGE) from None
    return _resolved(config, path.resolve().parent)


class _ProblemError(Exception):
    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def _plain(node: yaml.Node, at: tuple[str | int, ...], lines: Lines) -> Any:
    """The plain data of a YAML node, while noting the line of each key and item.

    Aliases are read as what they stand for, which a few lines can make endless.
    """
    line = node.start_mark.line + 1
    lines.setdefault(at, line)
    if len(at) > DEEPEST:
        raise _ProblemError(line, "this is nested too deeply to be a bills.yml.")
    if len(lines) > MOST_VALUES:
        raise _ProblemError(line, f"aliases and lists make more than {MOST_VALUES:,} values.")
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*at, number), lines) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        data = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise _ProblemError(line, "a key must be a word.")
            if key.value in data:
                raise _ProblemError(line, f"'{key.value}' is given twice.")
            lines[*at, key.value] = line
            data[key.value] = _plain(value, (*at, key.value), lines)
        return data
    # Everything in bills.yml is text: a name like 2026 is no number, and `null` is an absent value.
    return None if node.tag == "tag:yaml.org,2002:null" else node.value


def _line(lines: Lines, at: tuple[str | int, ...]) -> int:
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)


def _sentence(error: Any) -> str:
    key = error["loc"][-1] if error["loc"] else "bills.yml"
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key '{key}'."
        case "missing":
            return f"'{key}' is missing."
        case "literal_error":
            return f"unknown {key} '{error['input']}': use {error['ctx']['expected']}."
        case "string_pattern_mismatch":
            example = (
                "an address such as http://127.0.0.1:9000"
                if key == "endpoint"
                else ("a currency code such as EUR")
            )
            return f"{key} '{error['input']}' is not {example}."
        case "value_error":
            return f"{key} '{error['input']}': {error['ctx']['error']}."
    return f"'{key}': {error['msg'][0].lower()}{error['msg'][1:]}."


def _check(config: Config, lines: Lines) -> None:
    """What no single entry tells: names are unique, scopes are shared only where sensible."""
    scopes: dict[str, list[Export]] = {}
    names = Counter[str]()
    for number, export in enumerate(config.bills):
        line = lines["bills", number]
        names[export.name.lower()] += 1
        if names[export.name.lower()] > 1:
            raise _ProblemError(line, f"there is another export named '{export.name}'.")
        if export.dataset and export.kind != "azure_cost":
            raise _ProblemError(line, f"'{export.name}': only azure_cost exports have a dataset.")
        if not export.counts:
            continue
        others = scopes.setdefault(export.scope or export.name, [])
        if others:
            kinds = {other.kind for other in (*others, export)}
            datasets = [other.dataset for other in (*others, export) if other.dataset]
            if len(kinds) > 1 and "focus" in kinds:
                raise _ProblemError(
                    line,
                    f"'{export.name}' and '{others[0].name}' deliver the same scope, one of them as"
                    " FOCUS, so that its charges would be counted twice: say `counts: false` for"
                    " the one that is not to be counted.",
                )
            if kinds != {"azure_cost"} or len(datasets) > len(set(datasets)) or len(others) > 1:
                raise _ProblemError(
                    line,
                    f"'{export.name}' and '{others[0].name}' have the same scope: only an actual"
                    " and an amortized export of kind azure_cost can share one, else their"
                    " charges would be counted twice.",
                )
        others.append(export)
    clusters = Counter[str]()
    for number, nodes in enumerate(config.nodes):
        line = lines["nodes", number]
        clusters[nodes.cluster] += 1
        if clusters[nodes.cluster] > 1:
            raise _ProblemError(line, f"there is another node list of cluster '{nodes.cluster}'.")
        if bool(nodes.location) == bool(nodes.context):
            raise _ProblemError(
                line,
                f"'{nodes.cluster}': give either the location of a node list or the context of a"
                " kubeconfig.",
            )


def _check_invoices(config: Config, lines: Lines) -> None:
    """Each says all that it needs, and none stands twice."""
    for number, invoice in enumerate(config.invoices):
        if not invoice.is_whole:
            raise _ProblemError(
                lines["invoices", number],
                "an invoice has an account, a billing_period, an amount and a currency; a list of"
                " invoices has a location alone.",
            )
        if invoice.told in (before.told for before in config.invoices[:number]):
            raise _ProblemError(
                lines["invoices", number],
                f"{' '.join(map(str, filter(None, invoice.told)))} is listed twice; if there"
                " are two of one amount, give each its number (invoice: …).",
            )


def _resolved(config: Config, folder: Path) -> Config:
    def local(location: str) -> str:
        if not location or "://" in location:
            return location
        return str(folder / Path(location).expanduser())

    def located(entries: list[Any]) -> list[Any]:
        return [e.model_copy(update={"location": local(e.location)}) for e in entries]

    return Config(
        bills=[e.model_copy(update={"scope": e.scope or e.name}) for e in located(config.bills)],
        nodes=located(config.nodes),
        azure_price_sheets=located(config.azure_price_sheets),
        azure_subscriptions=located(config.azure_subscriptions),
        azure_reservations=located(config.azure_reservations),
        invoices=located(config.invoices),
    )
