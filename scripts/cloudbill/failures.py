"""Whatever ends the reading of one file, as one sentence; all others load."""

import duckdb

from cloudbill.errors import CloudbillError
from cloudbill.logs import log


def refusal(name: str, error: Exception, remedy: str = "deliver it again") -> CloudbillError:
    """What to say of a file after an error; what only we understand is in the log of the run."""
    match error:
        case CloudbillError():
            return error
        case MemoryError() | duckdb.OutOfMemoryException():
            return CloudbillError(
                f"{name} is too large for the memory that there is: set CLOUDBILL_MEMORY higher,"
                " or free some."
            )
        case OSError() if error.strerror:
            return CloudbillError(
                f"{name} cannot be read or written ({error.strerror}): see that it may be, and that"
                " the disk is not full."
            )
        case RecursionError():
            return CloudbillError(f"{name} is nested too deeply to be read: {remedy}.")
    log.info("%s", name, exc_info=error)
    return CloudbillError(
        f"{name} cannot be read; it is of another kind, or damaged: {remedy}; if it is whole,"
        " report it with the log of this run."
    )
