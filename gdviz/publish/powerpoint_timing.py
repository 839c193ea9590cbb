"""When a film on a slide plays: the timing tree of ECMA-376 (part 1, 19.5) in the form that PowerPoint gives it.

A click, or the appearance of the slide, runs a command to the film, `playFrom(0.0)`; how often the film plays is said
by the film's own node. `#` stands for the nodes' numbers, in their order.
"""

import re
from itertools import count

_TIMING = """
<p:timing xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:tnLst><p:par>
 <p:cTn id="#" dur="indefinite" restart="never" nodeType="tmRoot"><p:childTnLst>
  <p:seq concurrent="1" nextAc="seek">
   <p:cTn id="#" dur="indefinite" nodeType="mainSeq"><p:childTnLst>{play}</p:childTnLst></p:cTn>
   <p:prevCondLst><p:cond evt="onPrev" delay="0"><p:tgtEl><p:sldTgt/></p:tgtEl></p:cond></p:prevCondLst>
   <p:nextCondLst><p:cond evt="onNext" delay="0"><p:tgtEl><p:sldTgt/></p:tgtEl></p:cond></p:nextCondLst>
  </p:seq>
  <p:video><p:cMediaNode vol="80000">
   <p:cTn id="#"{repeat} fill="hold" display="0"><p:stCondLst><p:cond delay="indefinite"/></p:stCondLst></p:cTn>
   {film}
  </p:cMediaNode></p:video>
  {pause}
 </p:childTnLst></p:cTn>
</p:par></p:tnLst></p:timing>"""

_PAUSE = """
<p:seq concurrent="1" nextAc="seek">
 <p:cTn id="#" restart="whenNotActive" fill="hold" evtFilter="cancelBubble" nodeType="interactiveSeq">
  <p:stCondLst><p:cond evt="onClick" delay="0">{film}</p:cond></p:stCondLst>
  <p:endSync evt="end" delay="0"><p:rtn val="all"/></p:endSync>
  <p:childTnLst>{pause}</p:childTnLst>
 </p:cTn>
 <p:nextCondLst><p:cond evt="onClick" delay="0">{film}</p:cond></p:nextCondLst>
</p:seq>"""

_EFFECT = """
<p:par><p:cTn id="#" fill="hold"><p:stCondLst>{begin}</p:stCondLst><p:childTnLst>
 <p:par><p:cTn id="#" fill="hold"><p:stCondLst><p:cond delay="0"/></p:stCondLst><p:childTnLst>
  <p:par>
   <p:cTn id="#" presetID="{preset}" presetClass="mediacall" presetSubtype="0" fill="hold" nodeType="{node}">
    <p:stCondLst><p:cond delay="0"/></p:stCondLst>
    <p:childTnLst>
     <p:cmd type="call" cmd="{command}"><p:cBhvr><p:cTn id="#" dur="{duration}" fill="hold"/>{film}</p:cBhvr></p:cmd>
    </p:childTnLst>
   </p:cTn>
  </p:par>
 </p:childTnLst></p:cTn></p:par>
</p:childTnLst></p:cTn></p:par>"""

_AT_A_CLICK = '<p:cond delay="indefinite"/>'
_AT_ONCE = '<p:cond delay="0"/>'
_WITH_THE_SLIDE = '<p:cond evt="onBegin" delay="0"><p:tn val="2"/></p:cond>'  # 2: the main sequence


def timing(shape: int, seconds: float, plays: int, click: bool, pausable: bool) -> str:
    """Return the timing of a slide with one film, as XML.

    shape: the film's. seconds: how long it is. plays: how often it plays.
    click: begin at the click that otherwise goes on to the next slide, instead of when the slide appears.
    pausable: let a click on the film pause it, and another let it go on; else a click there is like any other.
    """
    film = f'<p:tgtEl><p:spTgt spid="{shape}"/></p:tgtEl>'
    play = _EFFECT.format(
        begin=_AT_A_CLICK if click else _AT_A_CLICK + _WITH_THE_SLIDE,
        preset=1,
        node="clickEffect" if click else "afterEffect",
        command="playFrom(0.0)",
        duration=round(1000 * seconds),
        film=film,
    )
    pause = _EFFECT.format(
        begin=_AT_ONCE, preset=2, node="clickEffect", command="togglePause", duration=1, film=film
    )  # fmt: skip
    tree = _TIMING.format(
        play=play,
        repeat=f' repeatCount="{1000 * plays}"' if plays > 1 else "",
        film=film,
        pause=_PAUSE.format(film=film, pause=pause) if pausable else "",
    )
    numbers = count(1)
    return re.sub("#", lambda _: str(next(numbers)), tree)
