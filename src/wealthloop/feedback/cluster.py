"""Free text, grouped: what people write in their own words, by pairs and triples of characters.

Characters and not words, so that Chinese needs no dictionary. Notes are weighed by TF-IDF and grouped by k-means from a
fixed seed; the number of groups is the one with the best silhouette (Rousseeuw, Journal of Computational and Applied
Mathematics 20, 1987). What is shown of a group is its size, its most typical notes with names and numbers hidden, and
the codes beside them; groups of fewer than ten notes are shown to nobody who does not see everybody (I19).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

LEAST: Final = 10
"""Notes of a group below which its examples and size are for those alone who see everybody."""
_FEWEST: Final = 20
"""Notes below which nothing is grouped."""
_GROUPS: Final = range(2, 13)
_EXAMPLES: Final = 3
_MOST: Final = 5_000
"""The newest so many notes are grouped."""
_SEED: Final = 7
_NUMBER: Final = re.compile(r"[0-9０-９一二三四五六七八九十百千万亿两〇零]{3,}")
_ADDRESS: Final = re.compile(r"\S+@\S+")
_PERSON: Final = re.compile(r"[\u4e00-\u9fff](?=先生|女士|小姐|老师|阿姨|叔叔|大爷)")
_TITLED: Final = re.compile(r"\b(Mr|Mrs|Ms|Dr)\.?\s+[A-Z][a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note and the code beside it; ``names`` are what must not be shown of whom it is about."""

    text: str
    code: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Notes that are alike."""

    size: int
    examples: tuple[str, ...]
    """The most typical notes, names and numbers hidden."""
    codes: tuple[tuple[str, int], ...]
    """Codes beside them, the most frequent first."""


def clusters(notes: Sequence[Note]) -> list[Cluster]:
    """Return groups of notes, the largest first; none where there are too few notes.

    The order of the notes does not matter.
    """
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import silhouette_score

    kept = sorted((note for note in notes[-_MOST:] if note.text.strip()), key=lambda note: (note.text, note.code))
    texts = sorted({note.text.strip() for note in kept})
    if len(kept) < _FEWEST or len(texts) < min(_GROUPS) + 1:
        return []
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True).fit_transform(texts)
    many = Counter(note.text.strip() for note in kept)
    weight = np.array([many[text] for text in texts], dtype=np.float64)
    best, labels = -np.inf, np.zeros(len(texts), dtype=np.int64)
    for groups in _GROUPS:
        if groups >= len(texts):
            break
        found = KMeans(n_clusters=groups, n_init=4, random_state=_SEED).fit(vectors, sample_weight=weight).labels_
        if len(set(found.tolist())) < 2:
            continue
        score = float(silhouette_score(vectors, found, random_state=_SEED))
        if score > best + 1e-9:
            best, labels = score, found
    centres = {label: vectors[labels == label].mean(axis=0) for label in sorted(set(labels.tolist()))}
    typical = {label: np.asarray(vectors @ np.asarray(centre).T).ravel() for label, centre in centres.items()}
    of_text = dict(zip(texts, labels.tolist(), strict=True))
    groups_found = [
        _cluster(label, kept, of_text, dict(zip(texts, typical[label].tolist(), strict=True))) for label in centres
    ]
    return sorted(groups_found, key=lambda one: (-one.size, one.examples))


def _cluster(label: int, notes: Sequence[Note], of_text: dict[str, int], typical: dict[str, float]) -> Cluster:
    ours = [note for note in notes if of_text[note.text.strip()] == label]
    by_text = {note.text.strip(): note for note in ours}
    first = sorted(by_text, key=lambda text: (-typical[text], text))[:_EXAMPLES]
    codes = Counter(note.code for note in ours if note.code)
    return Cluster(
        size=len(ours), examples=tuple(masked(by_text[text]) for text in first),
        codes=tuple(sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))),
    )  # fmt: skip


def masked(note: Note) -> str:
    """Return a note with names and numbers hidden.

    Example:
        >>> masked(Note(text="王先生说 13812345678 打不通，找小明", code="other", names=("王小明", "小明")))
        '*先生说 *** 打不通，找**'
    """
    text = note.text.strip()
    for name in sorted(filter(None, note.names), key=len, reverse=True):
        text = text.replace(name, "*" * len(name))
    text = _PERSON.sub("*", text)
    text = _TITLED.sub(lambda found: f"{found.group(1)} ***", text)
    return _NUMBER.sub("***", _ADDRESS.sub("***", text))
