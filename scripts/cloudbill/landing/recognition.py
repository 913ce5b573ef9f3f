"""What a file that is no bill of the expected kind looks like, by the names of its columns."""

import re
from collections.abc import Iterable

INVOICE_DETAIL = "the data set Invoice Detail of FOCUS"
"""What has a billed cost, too, as charges have, and no period of a charge."""
# The first whose names are all there. The names are letters and digits only, so that one spelling
# stands for lineItem/UnblendedCost and line_item_unblended_cost.
SIGNATURES: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (what, frozenset(names.split()))
    for what, names in (
        ("a FOCUS export", "billedcost chargeperiodstart"),
        ("the data set Contract Commitment of FOCUS", "contractcommitmentid contractid"),
        (INVOICE_DETAIL, "invoicedetailid invoicedetailgrain"),
        ("the data set Billing Period of FOCUS", "billingperiodstart billingperiodstatus"),
        ("an AWS Cost and Usage Report", "lineitemunblendedcost"),
        ("an Azure reservation details export", "reservedhours usedhours reservationid"),
        ("an Azure reservation transactions export", "reservationordername eventtype amount"),
        ("an Azure reservation recommendations export", "recommendedquantity netsavings"),
        ("an Azure price sheet", "meterid unitprice includedquantity"),
        ("an Azure price sheet", "meterid unitprice pricetype"),
        ("an Azure cost export", "metercategory costinbillingcurrency"),
        ("an Azure cost export", "metercategory pretaxcost"),
        ("an Azure cost export", "metercategory cost"),
        ("an Azure cost export", "metercategory extendedcost"),
        ("an Azure cost export", "metercategory billingpretaxtotal"),
        ("a Google Cloud billing export", "billingaccountid usagestarttime cost"),
        ("the pricing export of Google Cloud", "pricingasoftime"),
        ("an older cost report of Oracle Cloud", "lineitemreferenceno costmycost"),
        ("an older usage report of Oracle Cloud", "lineitemreferenceno usagebilledquantity"),
        ("metadata of FOCUS", "schemaid columndefinition"),
        ("metadata of FOCUS", "schemaid datalocation"),
        ("metadata of FOCUS", "datasetinstanceid"),
        ("metadata of FOCUS", "datagenerator"),
        ("the manifest of an Azure export", "manifestversion bytecount"),
        ("the manifest of an AWS report", "assemblyid reportkeys"),
        ("the manifest of an AWS data export", "datafiles executionid"),
        ("a list of Kubernetes objects", "apiversion kind"),
        ("a list of Azure subscriptions", "tenantid state isdefault"),
        ("a list of Azure subscriptions", "subscriptionid displayname subscriptionpolicies"),
    )
)

# What providers deliver beside the charges.
WITHOUT_CHARGES = ("the data set", "the pricing export", "metadata")


def looks_like(names: Iterable[str]) -> str | None:
    """A few words for what columns or keys of these names are found in."""
    listed = list(names)
    if listed and listed[0].lstrip().startswith("<"):
        return "a web page or an XML message"
    plain = set(map(_plain, listed))
    return next((what for what, signature in SIGNATURES if signature <= plain), None)


def without_charges(names: Iterable[str]) -> str | None:
    """A few words for what lies beside charges and is none; None for all that may be charges."""
    listed = list(names)
    found = looks_like(listed)
    is_beside = found and found.startswith(WITHOUT_CHARGES)
    may_be_charges = "billedcost" in map(_plain, listed) and found != INVOICE_DETAIL
    return found if is_beside and not may_be_charges else None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def json_keys(text: str) -> list[str]:
    """The keys in the beginning of a JSON document."""
    return re.findall(r'"([^"\\]+)"\s*:', text)
