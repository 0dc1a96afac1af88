"""Do the tests keep their word? Thousands of made-up trials, read as trials are read."""

from wealthloop.experiments.calibration.rows import Row, calibrate
from wealthloop.experiments.calibration.table import ABOUT, markdown

__all__ = ["ABOUT", "Row", "calibrate", "markdown"]
