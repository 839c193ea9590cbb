"""What a film file is, said by its bytes: anybody's film, not only ours."""

from dataclasses import dataclass
from pathlib import Path

from gdviz.problems import BadFile

SUFFIXES = {
    "GIF": (".gif",),
    "MP4": (".mp4", ".m4v"),
    "MOV": (".mov", ".qt"),
    "WebM": (".webm",),
    "Matroska": (".mkv",),
    "WebP": (".webp",),
    "APNG": (".apng", ".png"),
    "PNG": (".png",),
}
"""The containers that can be looked into, with the ends of names that they go by, the usual one first."""

VIDEOS = ("MP4", "MOV", "WebM", "Matroska")
LARGEST = 7680 * 7680  # pixels of a picture; what claims more is not decoded
MOST_FRAMES = 100_000  # more than an hour of a lecture film
HASTE = 0.010  # seconds: browsers play delays up to this one as `UNHURRIED`, in GIF, APNG and WebP
UNHURRIED = 0.1  # seconds


@dataclass(frozen=True)
class Facts:
    """What a film file is.

    container: one of `SUFFIXES`. codec, profile, pixels: of its pictures, in ffmpeg's words (`h264`, `High`,
        `yuv420p`); for GIF, WebP and PNG `pixels` is `palette`, `grey`, `rgb` ..., as the file stores them.
    size: width and height in pixels. frames: the pictures in the file; one may stand for long.
    seconds: how long it plays once, as the file says; 0 for a still. shown_seconds: the same in browsers, which play
        a GIF's delays below 2 hundredths as 10.
    rushed: how many pictures have such a delay.
    plays: how often it plays; None is for ever. A video leaves that to its player: 1.
    global_palette, local_palettes: whether a GIF has a palette for all pictures, and how many have their own.
    is_first_empty: whether the first picture shows (almost) nothing but one colour.
    is_faststart: whether an MP4 or MOV has its index before its pictures, so that it plays while it loads; else None.
    colour: the colour tags of a video (`tv, bt709`), empty without. audio: the codec of its sound, empty without.
    has_alpha: whether pictures can let the ground through.
    texts: what the file says about itself: pairs of a name and a text.
    """

    path: Path
    container: str
    bytes: int
    size: tuple[int, int]
    frames: int
    seconds: float
    codec: str = ""
    profile: str = ""
    pixels: str = ""
    shown_seconds: float = 0.0
    rushed: int = 0
    plays: int | None = 1
    global_palette: bool = False
    local_palettes: int = 0
    is_first_empty: bool = False
    is_faststart: bool | None = None
    colour: str = ""
    audio: str = ""
    has_alpha: bool = False
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def fps(self) -> float:
        """Pictures in a second, on the average."""
        return self.frames / self.seconds if self.seconds else 0.0

    @property
    def is_still(self) -> bool:
        """Whether it has only one picture."""
        return self.frames == 1

    @property
    def is_video(self) -> bool:
        """Whether a player plays it, and not whatever shows images."""
        return self.container in VIDEOS

    @property
    def has_fitting_name(self) -> bool:
        """Whether the end of its name says what it is; many programs believe the name."""
        return self.path.suffix.lower() in SUFFIXES[self.container]

    @property
    def has_even_size(self) -> bool:
        """Whether width and height are even, as most players of H.264 want them."""
        return self.size[0] % 2 == self.size[1] % 2 == 0

    @property
    def is_hdr(self) -> bool:
        """Whether its brightness is coded for HDR screens: PQ (SMPTE ST 2084) or HLG (ARIB STD-B67)."""
        return "smpte2084" in self.colour or "arib-std-b67" in self.colour

    @property
    def lacks_colours(self) -> bool:
        """Whether a video does not say in which of the usual ways its colours are coded, so that players guess."""
        return self.is_video and not any(tag in self.colour for tag in ("bt709", "bt470", "170m"))


def check_size(path: Path, width: int, height: int) -> None:
    """Raise BadFile where a picture has no pixels, or claims more than can be decoded safely."""
    if width < 1 or height < 1:
        raise BadFile(path, f"it is damaged: it says that it measures {width} x {height} pixels")
    if width * height > LARGEST:
        most = f"up to {LARGEST / 1e6:.0f} million pixels can be looked into"
        raise BadFile(path, f"it says that it measures {width} x {height} pixels; {most}")


def check_count(path: Path, frames: int) -> None:
    """Raise BadFile where a film has no pictures, or more than can be counted in a short time."""
    if frames == 0:
        raise BadFile(path, "it has no pictures")
    if frames > MOST_FRAMES:
        raise BadFile(path, f"it has more than {MOST_FRAMES} pictures; films up to that can be looked into")
