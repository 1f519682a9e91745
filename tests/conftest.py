"""What holds for all tests."""

import os

from hypothesis import settings

pytest_plugins = ["netwright.plugins.testing.summary"]

# A machine under load is no reason for a test to fail. In the pipeline the examples are the same in every
# run, so that a change answers for its own faults; elsewhere each run looks at others.
settings.register_profile("netwright", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("netwright")
