"""Pure statistics of experiments: assignment by hash, always-valid effects, sample ratio, power."""

from wealthloop.experiments.assign import Arm, assign, assign_many, check_arms, experiment_id, strategy_version
from wealthloop.experiments.clusters import LEAST_CLUSTERS, Clusters, alikeness, clusters_of
from wealthloop.experiments.effect import Effect, Pending, Trial, always_valid_effect, pair_share
from wealthloop.experiments.power import Design, Needed, Spread, binary_spread, detectable_effect, needed_n
from wealthloop.experiments.srm import SRM_ALPHA, SampleRatio, sample_ratio

__all__ = [
    "LEAST_CLUSTERS",
    "SRM_ALPHA",
    "Arm",
    "Clusters",
    "Design",
    "Effect",
    "Needed",
    "Pending",
    "SampleRatio",
    "Spread",
    "Trial",
    "alikeness",
    "always_valid_effect",
    "assign",
    "assign_many",
    "binary_spread",
    "check_arms",
    "clusters_of",
    "detectable_effect",
    "experiment_id",
    "needed_n",
    "pair_share",
    "sample_ratio",
    "strategy_version",
]
