"""Branches, staff and books: who looks after whom."""

from dataclasses import dataclass

import numpy as np

from wealthloop.sandbox.draws import Draws, Floats, Ints, normal
from wealthloop.sandbox.names import DISTRICTS
from wealthloop.sandbox.population import Truth
from wealthloop.sandbox.spec import WorldSpec

HEAD_OFFICE = "BR00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The bank's house."""

    rm: Ints
    """Index of each customer's RM's seat, -1 in the public pool; shape (n_customers,)."""
    since: Ints
    """Day from which each customer is in the book of the opening; shape (n_customers,)."""
    branch: Ints
    """Index of each customer's branch, from 0 for BR01; shape (n_customers,)."""
    rm_branch: Ints
    """Index of each RM's branch; shape (n_rms,)."""
    branches: int
    remote_agents: int

    @property
    def rms(self) -> int:
        """The number of RMs' seats."""
        return len(self.rm_branch)

    @property
    def seats(self) -> int:
        """The number of desks: RMs first, then remote agents."""
        return self.rms + self.remote_agents


def rm_name(seat: int, generation: int) -> str:
    """Return the id of the RM at a seat: the first there has none, successors have a number behind.

    Example:
        >>> rm_name(2, 0), rm_name(2, 1)
        ('RM003', 'RM003-2')
    """
    return f"RM{seat + 1:03d}" + (f"-{generation + 1}" if generation else "")


def agent_name(index: int) -> str:
    """Return the id of a remote agent."""
    return f"RA{index + 1:02d}"


def branch_name(index: int) -> str:
    """Return the id of the branch of an index."""
    return f"BR{index + 1:02d}"


def district(branch: int) -> str:
    """Return the district in which a branch stands."""
    return DISTRICTS[branch % len(DISTRICTS)]


def books_of(spec: WorldSpec, truth: Truth, draws: Draws, *, opening: int) -> Books:
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
        since=(opening - 60 - draws.uniform("book/since") * 900).astype(np.int64),
        branch=np.where(rm >= 0, rm_branch[rm], anywhere),
        rm_branch=rm_branch,
        branches=branches,
        remote_agents=max(3, round(size / books.customers_a_remote_agent)),
    )


def skills(spec: WorldSpec, draws: Draws, *, seats: int, generation: int) -> Floats:
    """Return what the calls of the RMs of a generation are worth, mean 1, one for each seat."""
    sigma = spec.staff.skill_sigma
    return np.exp(sigma * normal(draws.shared(f"staff/skill/{generation}", 0, seats)) - sigma**2 / 2)
