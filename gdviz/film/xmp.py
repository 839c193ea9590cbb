"""A film's card as an XMP packet (ISO 16684-1:2019), for formats without a comment.

The text alternative has the place that IPTC gave it in 2021, where screen readers and picture archives look for it.
"""

from xml.etree import ElementTree
from xml.sax.saxutils import escape

from gdviz.film.card_text import MOST
from gdviz.film.film import Card
from gdviz.problems import BadScene

SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "iptc": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
PLACES = {"title": "dc:title", "alt": "iptc:AltTextAccessibility", "description": "dc:description"}
"""The properties that hold texts in a language."""

MAKER = "gdviz"


def xmp(card: Card) -> bytes:
    """Return a card as an XMP packet; no bytes for an empty card."""
    texts = {place: getattr(card, field) for field, place in PLACES.items() if getattr(card, field)}
    if not texts and not card.digest:
        return b""
    spaces = " ".join(f'xmlns:{name}="{address}"' for name, address in SPACES.items())
    body = "".join(
        f'<{place}><rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt></{place}>'
        for place, text in texts.items()
    )
    facts = f"<xmp:CreatorTool>{MAKER}</xmp:CreatorTool><dc:identifier>{escape(card.digest)}</dc:identifier>"
    language = f"<dc:language><rdf:Bag><rdf:li>{card.language}</rdf:li></rdf:Bag></dc:language>"
    about = f'<rdf:Description rdf:about="">{body}{facts}{language}</rdf:Description>'
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {spaces}>{about}</rdf:RDF></x:xmpmeta>'.encode()


def read_xmp(packet: bytes) -> Card | None:
    """Return the card of which `xmp` made a packet, or None for any other packet."""
    if len(packet) > 8 * MOST or b"<!DOCTYPE" in packet:  # entities can make a short text endless
        return None
    try:
        root = ElementTree.fromstring(packet.strip(b"\0"))
        about = root.find("rdf:RDF/rdf:Description", SPACES)
        if about is None or about.findtext("xmp:CreatorTool", "", SPACES) != MAKER:
            return None
        found = {field: about.findtext(f"{place}/rdf:Alt/rdf:li", "", SPACES) for field, place in PLACES.items()}
        found["digest"] = about.findtext("dc:identifier", "", SPACES)
        return Card(**found, language=about.findtext("dc:language/rdf:Bag/rdf:li", "", SPACES))
    except (ElementTree.ParseError, ValueError, LookupError, BadScene):
        return None
