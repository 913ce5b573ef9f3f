"""Settings of all tests: no test fails on a clock."""

from hypothesis import settings

settings.register_profile("cloudbill", deadline=None, print_blob=True)
settings.load_profile("cloudbill")
