"""Azure subscriptions, with the quota ids that tell of which offer they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cloudbill.errors import CloudbillError
from cloudbill.lists.records import Row, json_of, told


def subscriptions(path: Path) -> Iterator[Row]:
    """Subscriptions as `az account list` or ARM's subscriptions list give them."""
    data = json_of(path)
    found = data.get("value") if isinstance(data, dict) else data
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise CloudbillError(
            f"{path} is no list of subscriptions: write it with `az account list` or"
            " `az rest --url https://management.azure.com/subscriptions?api-version=2022-12-01`."
        )
    for number, entry in enumerate(found, 1):
        id_ = text(entry, "subscriptionId") or (text(entry, "id") or "").rsplit("/", 1)[-1]
        if not id_:
            raise CloudbillError(
                f"{path}, entry {number}: a subscription without an id: write the list again."
            )
        policies = entry.get("subscriptionPolicies")
        quota = text(policies, "quotaId") if isinstance(policies, dict) else None
        yield {
            "subscription_id": id_.lower(),
            "subscription_name": text(entry, "displayName") or text(entry, "name"),
            "quota_id": quota or text(entry, "quotaId"),
        }


def text(entry: dict[str, Any], key: str) -> str | None:
    """What an entry says under a key, if it is a text."""
    value = entry.get(key)
    return told(value) if isinstance(value, str) else None
