"""The one exception that users see."""

from cloudbill.safe import redacted

REFUSED = 1
"""A bill was refused, or a build or test failed."""
USAGE = 2
"""Wrong usage or configuration."""


class CloudbillError(Exception):
    """A problem told in one sentence: what is wrong, where, and what to do about it."""

    def __init__(self, sentence: str, exit_code: int = REFUSED) -> None:
        """Keep the sentence, without the secrets of addresses in it, as the exception's text."""
        super().__init__(redacted(sentence))
        self.exit_code = exit_code


class RepeatedError(CloudbillError):
    """A bill whose charges another export has."""


class NoChargesError(CloudbillError):
    """What holds no charges by itself, and may lie beside what does."""
