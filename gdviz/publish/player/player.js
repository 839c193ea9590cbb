// The player: one for each film of the page.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const embedded = window.parent !== window;
const SWIPE = 50;  // pixels that a finger goes sideways

class Player {
  constructor(article) {
    this.article = article;
    this.data = JSON.parse(article.querySelector(".data").textContent);
    const find = (name) => article.querySelector(`.${name}`);
    this.video = article.querySelector("video");
    this.figure = article.querySelector("figure");
    this.slider = find("position");
    this.clock = find("clock");
    this.said = find("said");
    this.toggler = find("toggle");
    this.speed = find("speed");
    this.plays = 0;
    this.stop = null;  // the frame at which the part that plays ends
    this.begun = false;  // whether anything but the poster has been shown
    this.taken = false;  // whether somebody has taken the film in hand: then it no longer starts by itself
    this.load();
    this.listen(find);
    this.marks(find("marks"));
    this.update();
    this.explorable = this.data.explorable && explore(article.querySelector(".explorable"), this.data.explorable);
  }

  get frame() { return 1 / this.data.fps; }
  get now() { return this.video.currentTime; }
  get tick() { return Math.min(Math.floor(this.now * this.data.fps + 1e-6), this.data.ticks - 1); }
  get running() { return !this.video.paused && !this.video.ended; }
  get atEnd() { return this.begun && this.tick >= this.data.ticks - 1; }

  // Not every browser moves about in a data: URI; in an object URL all of them do.
  load() {
    const { video } = this, [, text] = video.src.split(",");
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
    video.controls = false;
    const picture = new Image();
    picture.className = "printed";
    picture.src = video.poster;
    picture.alt = video.getAttribute("aria-label");
    video.after(picture);
    this.figure.classList.add("ready");
  }

  listen(find) {
    const { video } = this;
    const press = (name, does) => find(name).addEventListener("click", () => this.hand(does));
    press("restart", () => this.restart());
    press("back", () => this.back());
    press("toggle", () => this.toggle());
    press("forward", () => this.forward());
    press("full", () => this.fill());
    find("help").addEventListener("click", help);
    this.slider.addEventListener("input", () => this.hand(() => this.seek(Number(this.slider.value))));
    this.speed.addEventListener("change", () => { video.playbackRate = Number(this.speed.value); });
    for (const event of ["play", "pause", "seeked", "seeking", "loadedmetadata"]) {
      video.addEventListener(event, () => this.update());
    }
    video.addEventListener("play", () => this.follow());
    video.addEventListener("timeupdate", () => this.watch());
    video.addEventListener("ended", () => this.finish());
    this.swipe(find("stage"));
    const copy = find("copy");
    if (copy) copy.addEventListener("click", () => this.copy(copy));
  }

  // What somebody does, not the page.
  hand(does) {
    Player.active = this;
    this.taken = true;
    this.said.setAttribute("aria-live", "polite");
    does();
  }

  seek(tick) {
    this.begun = true;
    this.stop = null;
    this.video.pause();
    this.video.currentTime = (Math.min(Math.max(tick, 0), this.data.ticks - 1) + 0.5) * this.frame;
    this.update();
  }

  part() {
    const { begins } = this.data;
    return begins.findLastIndex((begin) => begin <= this.tick);
  }

  endOf(part) {
    const { begins, ticks } = this.data;
    return part + 1 < begins.length ? begins[part + 1] : ticks;
  }

  play(part = null) {
    if (part === null && this.atEnd) this.seek(0);
    if (part === null && this.data.segments) part = this.resting() ? this.part() + 1 : this.part();
    if (part !== null && part !== this.part()) this.seek(this.data.begins[part]);
    this.stop = part === null || part + 1 >= this.data.begins.length ? null : this.endOf(part);
    this.begun = true;
    this.video.play().catch(() => this.update());
  }

  // Whether it waits on the last picture of a part, to go on with the next.
  resting() {
    return this.begun && this.tick >= this.endOf(this.part()) - 1 && this.tick < this.data.ticks - 1;
  }

  toggle() {
    if (this.running) this.video.pause();
    else this.play();
  }

  restart() {
    this.plays = 0;
    this.seek(0);
    this.play();
  }

  forward() {
    const next = this.running || this.resting() ? this.part() + 1 : this.part();
    if (next >= this.data.begins.length || this.atEnd) {
      if (this.running) this.seek(this.data.ticks - 1);
      else tell({ method: "next" });
    } else this.play(next);
  }

  back() {
    const before = this.data.begins.filter((begin) => begin < this.tick);
    if (before.length) this.seek(before[before.length - 1]);
    else tell({ method: "prev" });
  }

  step(by) { this.seek(this.tick + by); }

  hasten(by) {
    const place = Math.min(Math.max(this.speed.selectedIndex + by, 0), this.speed.options.length - 1);
    this.speed.selectedIndex = place;
    this.video.playbackRate = Number(this.speed.value);
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.figure.requestFullscreen) this.figure.requestFullscreen();
    else if (this.video.webkitEnterFullscreen) this.video.webkitEnterFullscreen();
  }

  // Look at every picture that is shown; where no picture is drawn, as in a hidden tab, `timeupdate` watches.
  follow() {
    const look = () => {
      this.watch();
      if (this.running) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }

  watch() {
    if (this.running && this.stop !== null && this.tick >= this.stop - 1) this.seek(this.stop - 1);
    else this.update();
  }

  finish() {
    if (!this.atEnd) return;  // somebody was faster, and has gone elsewhere
    this.plays += 1;
    const again = this.data.plays === null || this.plays < this.data.plays;
    if (again && !this.data.segments && !this.taken) {
      this.seek(0);
      this.play();
    } else this.seek(this.data.ticks - 1);
  }

  // Start over when it comes into view, as long as nobody has taken it in hand.
  enter() {
    if (this.data.click || calm.matches || this.taken) return;
    this.restart();
  }

  leave() { if (!this.video.paused) this.video.pause(); }

  update() {
    const { data } = this, tick = this.begun ? this.tick : 0;
    const seconds = shown(tick / data.fps, 1, data.point);
    this.slider.value = tick;
    const [, step, steps] = data.steps.findLast(([begin]) => begin <= tick) ?? [0, 0, 0];
    const words = steps ? data.words.position : data.words.seconds;
    this.slider.setAttribute("aria-valuetext", filled(words, { step, steps, seconds }));
    this.clock.textContent = filled(data.words.clock, { seconds, all: shown(data.ticks / data.fps, 1, data.point) });
    const state = this.running ? "pause" : "play";
    if (this.toggler.dataset.does !== state) {
      this.toggler.dataset.does = state;
      this.toggler.setAttribute("aria-label", data.words[state]);
      this.toggler.title = data.words[state];
    }
    const line = data.lines.find(([begin, end]) => begin <= tick && tick < end);
    const text = this.begun && line ? line[2] : "";
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  marks(place) {
    for (const begin of this.data.begins.slice(1)) {
      const mark = document.createElement("i");
      mark.style.left = `${(100 * begin) / (this.data.ticks - 1)}%`;
      place.append(mark);
    }
  }

  swipe(stage) {
    let from = null;
    stage.addEventListener("pointerdown", (event) => { from = event.isPrimary && !event.button ? event : null; });
    stage.addEventListener("pointercancel", () => { from = null; });
    stage.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const across = event.clientX - from.clientX, down = event.clientY - from.clientY;
      from = null;
      if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) {
        this.hand(() => (across < 0 ? this.forward() : this.back()));
      } else if (Math.hypot(across, down) < 10) this.hand(() => this.toggle());
    });
  }

  async copy(button) {
    const code = this.article.querySelector("pre");
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = this.data.words.copied;
    setTimeout(() => { button.textContent = this.data.words.copy; }, 2000);
  }
}

function help() { document.querySelector("dialog").showModal(); }

// Talk to the slides around us: reveal.js takes such messages.
function tell(message) { if (embedded) window.parent.postMessage(JSON.stringify(message), "*"); }

const KEYS = {
  " ": (player) => player.toggle(),
  k: (player) => player.toggle(),
  ArrowRight: (player) => player.forward(),
  PageDown: (player) => player.forward(),
  ArrowLeft: (player) => player.back(),
  PageUp: (player) => player.back(),
  ",": (player) => player.step(-1),
  ".": (player) => player.step(1),
  Home: (player) => player.seek(0),
  End: (player) => player.seek(player.data.ticks - 1),
  f: (player) => player.fill(),
  "+": (player) => player.hasten(1),
  "-": (player) => player.hasten(-1),
  "?": help,
};
const OF_SLIDERS = ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"];

function keyed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const { target } = event, is = (selector) => target instanceof Element && target.closest(selector) !== null;
  if (is("select") || (is("input") && OF_SLIDERS.includes(event.key))) return;
  if (is("button, summary") && (event.key === " " || event.key === "Enter")) return;
  const does = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const player = chosen(target);
  if (does && player) {
    event.preventDefault();
    player.hand(() => does(player));
  } else tell({ method: "triggerKey", args: [event.keyCode] });
}

// The film that keys are for: the one with the focus, else the one last used if it is in view, else the first in view.
function chosen(target) {
  const holds = players.find((player) => player.article.contains(target));
  const inView = players.filter((player) => player.inView);
  return holds ?? inView.find((player) => player === Player.active) ?? inView[0] ?? players[0];
}

const players = [...document.querySelectorAll("article")].map((article) => new Player(article));
document.addEventListener("keydown", keyed);
document.documentElement.classList.toggle("alone", location.hash === "#embed");  // the film, and nothing else
document.querySelector("dialog .close").addEventListener("click", () => document.querySelector("dialog").close());

const view = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const player = players.find((one) => one.figure === entry.target);
    const entered = entry.intersectionRatio >= 0.5;
    if (entered === Boolean(player.inView)) continue;
    player.inView = entered;
    if (entered) player.enter();
    else player.leave();
  }
}, { threshold: [0, 0.5] });
for (const player of players) view.observe(player.figure);

// reveal.js says when our slide comes (it may say so twice) and goes; while it is shown, the keys are ours.
let onSlide = false;
window.addEventListener("message", (event) => {
  if (!embedded || event.source !== window.parent) return;
  const [player] = players;
  if (event.data === "slide:start" && !onSlide) {
    onSlide = true;
    player.taken = false;
    window.focus();
    player.enter();
  } else if (event.data === "slide:stop") {
    onSlide = false;
    player.leave();
    window.parent.focus();
  }
});
