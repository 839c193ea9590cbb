"""Where a line may end: at a space, and between characters of Chinese and Japanese, which are written without spaces.

Punctuation does not begin a line, also not after a space, and an opening bracket does not end one (JIS X 4051, 2004;
GB/T 15834, 2011). In Japanese a line rather begins with a new word: the kana that end a word stay with it, and words in
katakana stay whole.
"""

import unicodedata

_NOT_FIRST = frozenset("、。，．：；？！」』）〉》】・ー々…,.:;?!)]}%")
_NOT_AFTER_SPACE = frozenset("%;:!?»")  # of `99 %`, and of French
_NOT_LAST = frozenset("「『（〈《【([{")


def is_wide(character: str) -> bool:
    """Say whether a character fills a square, as those of Chinese and Japanese do."""
    return unicodedata.east_asian_width(character) in "WF"


def parts(text: str) -> list[str]:
    """Cut a text where lines may end: parts, and between each two the space, or nothing, at which a line ends.

    `parts("go on 向右")` is `["go", " ", "on", " ", "向", "", "右"]`.
    """
    found, at = [""], 0
    while at < len(text):
        if text[at] == " ":
            end = at + len(text[at:]) - len(text[at:].lstrip(" "))
            if text[end : end + 1] in _NOT_AFTER_SPACE:
                found[-1] += text[at:end]
            else:
                found += [text[at:end], ""]
            at = end
            continue
        if found[-1] and may_break(found[-1][-1], text[at]):
            found += ["", ""]
        found[-1] += text[at]
        at += 1
    return found


def may_break(before: str, after: str) -> bool:
    """Say whether a line may end between two characters, neither of them a space."""
    if not (is_wide(before) or is_wide(after)) or after in _NOT_FIRST or before in _NOT_LAST:
        return False
    first, second = _script(before), _script(after)
    return second != "HIRAGANA" and not first == second == "KATAKANA" and not before.isdigit()


def _script(character: str) -> str:
    return unicodedata.name(character, "").split(" ")[0]
