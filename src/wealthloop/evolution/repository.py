"""Every reading of this room from the state plane."""

from collections.abc import Sequence

from wealthloop.errors import NotFound
from wealthloop.evolution.models import Confirmation, Kind, Proposal, ProposalState
from wealthloop.experiments.online import STREAM_LENGTH, Stream
from wealthloop.strategies.document import Strategy


def proposal(proposal_id: str, *, lock: bool = False) -> Proposal:
    """Return a proposal.

    Raises:
        NotFound: there is none of that id.
    """
    rows = Proposal.objects.select_for_update() if lock else Proposal.objects.all()
    found = rows.filter(pk=proposal_id).first()
    if found is None:
        raise NotFound(f"proposal {proposal_id}: not in this home, see 'wealthloop strategy evolve'")
    return found


def proposals(*, kind: Kind | None = None, states: Sequence[ProposalState] = ()) -> list[Proposal]:
    """Return proposals, the oldest first, of a kind and in some states where these are named."""
    rows = Proposal.objects.select_related("confirmation").order_by("proposed_on", "proposal_id")
    rows = rows if kind is None else rows.filter(kind=kind)
    return list(rows.filter(state__in=states) if states else rows)


def in_test() -> list[Proposal]:
    """Return the children that are in the stream and not confirmed yet, in their order."""
    rows = Proposal.objects.filter(kind=Kind.CHILD, state=ProposalState.ACCEPTED, confirmation=None)
    return list(rows.order_by("stream", "number"))


def place_in_stream() -> tuple[int, int]:
    """Return the stream and the place in it of the next test."""
    last = Proposal.objects.exclude(number=None).order_by("stream", "number").last()
    if last is None or last.stream is None or last.number is None:
        return 1, 1
    full = last.number >= STREAM_LENGTH
    return (last.stream + 1, 1) if full else (last.stream, last.number + 1)


def stream(number: int) -> Stream:
    """Return a stream with what it has confirmed so far."""
    return Stream(confirmed=Confirmation.objects.filter(proposal__stream=number).count())


def document_of(row: Proposal) -> Strategy:
    """Return the document of a proposal that has one.

    Raises:
        NotFound: it has none.
    """
    if row.document is None:
        raise NotFound(f"proposal {row.proposal_id}: has no document")
    return Strategy.model_validate(row.document)
