"""Pure statistics of experiments: assignment by hash, always-valid effects, sample ratio, power."""

from wealthloop.experiments.assign import Arm, assign, assign_many, check_arms, experiment_id

__all__ = ["Arm", "assign", "assign_many", "check_arms", "experiment_id"]
