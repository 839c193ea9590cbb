"""What a document of several films says about itself."""

from collections.abc import Sequence

from gdviz.film.film import Card
from gdviz.footage import Footage


def card_of(footage: Sequence[Footage]) -> Card:
    """Return the card of a document: what its films do, one after the other; its language is that of the first."""
    cards = [one.spec.card for one in footage]
    return Card(
        title=" · ".join(one.account.heading for one in footage),
        alt="\n".join(card.alt for card in cards),
        description="\n".join(card.description for card in cards),
        digest=" ".join(card.digest for card in cards),
        language=cards[0].language,
    )
