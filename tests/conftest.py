"""What several test files share: the reference trajectories and the data, where they stand beside this checkout."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
REFERENCE = SHARED / "reference"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference trajectories; a test that needs it is skipped where it is not there."""
    if not REFERENCE.is_dir():
        pytest.skip("the shared reference is not beside this checkout")
    return REFERENCE


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data sets; a test that needs it is skipped where it is not there."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data are not beside this checkout")
    return SHARED / "data"
