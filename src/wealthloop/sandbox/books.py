"""Branches, staff and books: who looks after whom."""

from dataclasses import dataclass

import numpy as np

from wealthloop.sandbox.draws import Draws, Ints
from wealthloop.sandbox.names import DISTRICTS
from wealthloop.sandbox.population import Truth
from wealthloop.sandbox.spec import WorldSpec

HEAD_OFFICE = "BR00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The bank's house."""

    rm: Ints
    """Index of each customer's RM, -1 in the public pool; shape (n_customers,)."""
    branch: Ints
    """Index of each customer's branch, from 0 for BR01; shape (n_customers,)."""
    rm_branch: Ints
    """Index of each RM's branch; shape (n_rms,)."""
    branches: int
    remote_agents: int

    def rm_id(self, customer: int) -> str | None:
        """Return the id of a customer's RM, None in the public pool."""
        index = int(self.rm[customer])
        return None if index < 0 else rm_name(index)


def rm_name(index: int) -> str:
    """Return the id of the RM of an index."""
    return f"RM{index + 1:03d}"


def branch_name(index: int) -> str:
    """Return the id of the branch of an index."""
    return f"BR{index + 1:02d}"


def district(branch: int) -> str:
    """Return the district in which a branch stands."""
    return DISTRICTS[branch % len(DISTRICTS)]


def books_of(spec: WorldSpec, truth: Truth, draws: Draws) -> Books:
    """Give the wealthiest customers to RMs, a like number to each; RMs and the other customers to branches."""
    books = spec.books
    size = len(truth.birth)
    branches = max(3, round(size / books.customers_a_branch))
    covered = max(1, round(size * books.rm_share))
    rms = max(branches, round(covered / books.book_size))
    rm_branch = np.arange(rms) % branches
    wealthiest = np.argsort(-truth.opening_aum, kind="stable")[:covered]
    rm = np.full(size, -1)
    shuffled = wealthiest[np.argsort(draws.uniform("book")[wealthiest], kind="stable")]
    rm[shuffled] = np.arange(covered) % rms
    anywhere = (draws.uniform("branch") * branches).astype(np.int64)
    return Books(
        rm=rm,
        branch=np.where(rm >= 0, rm_branch[rm], anywhere),
        rm_branch=rm_branch,
        branches=branches,
        remote_agents=max(3, round(size / books.customers_a_remote_agent)),
    )
