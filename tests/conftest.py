"""What holds for all tests."""

from hypothesis import settings

# A machine under load is no reason for a test to fail.
settings.register_profile("netwright", deadline=None)
settings.load_profile("netwright")
