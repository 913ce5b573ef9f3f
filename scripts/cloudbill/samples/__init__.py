"""Bills of a made-up company in native formats, the same bytes for the same seed.

One company, of which a bigger sample has many copies, is written into the bills of all providers by
the prices, discounts and commitments of its machines. The totals in `truth.json` are added up from
those, in decimals, and share nothing with the SQL that they check.
"""

from cloudbill.samples.generate import write_samples

__all__ = ["write_samples"]
