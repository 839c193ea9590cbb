// The explorable: looks paths up in a grid that was computed beforehand, and draws them. It computes no step.
const SVG = "http://www.w3.org/2000/svg";

// A number in the language of the film, whose mark before the decimals is given.
function shown(value, decimals, point) {
  const isLong = Math.abs(value) >= 1e7 || decimals > 7;
  const text = isLong ? value.toExponential(2).replace("e+", "e") : value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text.replaceAll("-", "\u2212")).replace(".", point);
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (mark, name) => (name in values ? values[name] : mark));
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

class Paths {
  constructor(data, bytes) {
    this.data = data;
    this.rates = data.rateTexts.length;
    this.length = data.steps + 1;
    const runs = data.starts.length * this.rates, count = runs * this.length;
    this.levels = new Uint16Array(count);
    for (let k = 0; k < count; k++) {
      const change = (bytes[k] << 8) | bytes[count + k];
      this.levels[k] = k % this.length ? this.levels[k - 1] + change : change;
    }
    const rows = (number) => bytes.subarray(2 * count + number * runs, 2 * count + (number + 1) * runs);
    [this.last, this.needed, this.verdict, this.lost] = [0, 1, 2, 3].map(rows);
  }

  // The run from a start at a rate: its places up to its own last one, and what was measured of it.
  run(start, rate) {
    const { reach: [low, high], levels } = this.data, run = start * this.rates + rate;
    const own = this.levels.subarray(run * this.length, run * this.length + this.last[run] + 1);
    const places = Array.from(own, (level) =>
      level === 0 ? -Infinity : level > levels ? Infinity : low + ((level - 1) / (levels - 1)) * (high - low));
    return { places, needed: this.needed[run], verdict: this.verdict[run], lost: this.lost[run] === 1 };
  }
}

class Explorable {
  constructor(section, data, paths) {
    Object.assign(this, { section, data, paths });
    const find = (selector) => section.querySelector(selector);
    this.start = find(".start");
    this.rate = find(".rate");
    this.outputs = { start: find(".start-value"), rate: find(".rate-value") };
    this.verdict = find(".verdict");
    this.said = find(".told");
    this.live = find(".live");
    this.curvePanel = find(".curve-panel");
    this.start.max = data.starts.length - 1;
    this.rate.max = data.rateTexts.length - 1;
    this.lay(find(".curve-panel .moves"), find(".history-panel .moves"));
    for (const slider of [this.start, this.rate]) slider.addEventListener("input", () => this.draw());
    find(".reset").addEventListener("click", () => this.reset());
    this.curvePanel.addEventListener("pointerdown", (event) => this.grab(event));
    this.curvePanel.addEventListener("pointermove", (event) => {
      if (this.curvePanel.hasPointerCapture(event.pointerId)) this.drag(event);
    });
    this.reset();
    this.live.textContent = "";
    section.hidden = false;
  }

  lay(curve, history) {
    const make = (parent, kind, name, given = {}) => {
      const made = document.createElementNS(SVG, kind);
      for (const [key, value] of Object.entries({ class: name, ...given })) made.setAttribute(key, value);
      return parent.appendChild(made);
    };
    const [left, right, top, bottom] = this.data.box;
    const clip = (parent) => {  // nested, as it cuts off what leaves the panel
      const inner = { x: left, y: top, width: right - left, height: bottom - top };
      return make(parent, "svg", "inner", { ...inner, viewBox: `${left} ${top} ${right - left} ${bottom - top}` });
    };
    const inside = clip(curve), below = clip(history);
    const dots = (parent, name, r) => Array.from({ length: this.data.steps + 1 }, () => make(parent, "circle", name, { r }));
    make(inside, "path", "curve", { d: this.curve() });
    this.way = make(inside, "path", "way");
    this.ghosts = dots(curve, "ghost", 6);
    this.end = make(curve, "circle", "end", { r: 9 });
    this.edge = make(curve, "path", "edge");
    this.ball = make(curve, "circle", "ball", { r: 14 });
    this.arrival = make(below, "line", "arrival", { y1: top, y2: bottom });
    this.fall = make(below, "path", "fall");
    this.points = dots(history, "point", 4);
  }

  curve() {
    const { heights, box: [left, right] } = this.data;
    let pen = "M";
    return heights.map((y, k) => {
      if (y === null) { pen = "M"; return ""; }
      const piece = `${pen}${(left + ((right - left) * k) / (heights.length - 1)).toFixed(1)} ${y}`;
      pen = "L";
      return piece;
    }).join("");
  }

  across(m) {
    const { window: [low, high], box: [left, right] } = this.data;
    return left + ((m - low) / (high - low)) * (right - left);
  }

  // The height of the curve above a place; NaN beyond its ends.
  height(m) {
    const { window: [low, high], heights } = this.data;
    const at = ((m - low) / (high - low)) * (heights.length - 1);
    if (!(at >= 0 && at <= heights.length - 1)) return NaN;
    const before = Math.min(Math.floor(at), heights.length - 2), part = at - before;
    const [one, other] = [heights[before], heights[before + 1]];
    return one === null || other === null ? NaN : one + part * (other - one);
  }

  grab(event) {
    if (!event.isPrimary || event.button) return;
    this.curvePanel.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.drag(event);
    this.start.focus({ preventScroll: true });  // so that the arrow keys go on from there
  }

  drag(event) {
    const begun = performance.now();
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.curvePanel.getScreenCTM().inverse());
    const { starts } = this.data;
    let nearest = 0;
    for (let k = 1; k < starts.length; k++) {
      if (Math.abs(this.across(starts[k]) - place.x) < Math.abs(this.across(starts[nearest]) - place.x)) nearest = k;
    }
    this.start.value = nearest;
    this.draw();
    performance.measure("drag", { start: begun });  // for tests, which ask how fast that was
  }

  reset() {
    this.start.value = this.data.start;
    this.rate.value = this.data.rate;
    this.draw();
  }

  draw() {
    const { data } = this, [left, right, top] = data.box;
    const run = this.paths.run(Number(this.start.value), Number(this.rate.value));
    const seen = run.places.map((m) => [this.across(m), this.height(m)]);
    const isInside = ([, y]) => y >= top;
    const lastInside = seen.findLastIndex(isInside);
    const leaves = lastInside < seen.length - 1 ? lastInside + 1 : null;
    const drawn = leaves === null ? seen.length : leaves + 1;
    const exit = leaves === null ? null : this.exit(seen[leaves]);
    const way = seen.slice(0, drawn).map(([x, y]) => [Math.min(Math.max(x, left), right), y >= -999 ? y : -999]);
    this.fall.setAttribute("d", `M${way.map(([, y], k) => [this.step(k), y]).join("L")}`);
    if (exit) way[leaves] = exit;
    this.way.setAttribute("d", `M${way.join("L")}`);
    this.ghosts.forEach((ghost, k) => this.put(ghost, k < drawn && k > 0 && isInside(seen[k]) ? seen[k] : null));
    this.points.forEach((point, k) =>
      this.put(point, k < drawn && isInside(seen[k]) ? [this.step(k), seen[k][1]] : null));
    this.put(this.ball, isInside(seen[0]) ? seen[0] : null);
    this.put(this.end, leaves === null ? seen[seen.length - 1] : null);
    this.show(this.arrival, run.needed < data.never);
    this.arrival.setAttribute("x1", this.step(run.needed));
    this.arrival.setAttribute("x2", this.step(run.needed));
    this.leave(exit);
    this.tell(run, leaves);
  }

  step(k) {
    const [left, right] = this.data.box;
    return left + (Math.min(k, this.data.steps) / this.data.steps) * (right - left);
  }

  show(shape, visible) {
    shape.setAttribute("visibility", visible ? "visible" : "hidden");
  }

  put(dot, place) {
    this.show(dot, place !== null);
    if (place === null) return;
    dot.setAttribute("cx", place[0]);
    dot.setAttribute("cy", place[1]);
  }

  // Where at the edge a run leaves: to a side, or at the top.
  exit([x]) {
    const [left, right, top] = this.data.box;
    return x <= left ? [left, top + 40] : x >= right ? [right, top + 40] : [x, top];
  }

  // An arrow at that edge.
  leave(exit) {
    this.show(this.edge, exit !== null);
    if (exit === null) return;
    const [x, y] = exit, [left, right] = this.data.box;
    if (x > left && x < right) this.edge.setAttribute("d", `M${x - 12} ${y}h24l-12 -20z`);
    else this.edge.setAttribute("d", `M${x} ${y - 12}v24l${x === left ? -20 : 20} -12z`);
  }

  tell(run, leaves) {
    const { data } = this, { words } = data;
    const given = { start: data.startTexts[this.start.value], rate: data.rateTexts[this.rate.value] };
    const last = run.places.length - 1;
    const values = { ...given, needed: run.needed, steps: data.steps, left: leaves === null ? last : leaves };
    values.end = shown(run.places[last], data.decimals, data.point);
    const how = leaves !== null ? "gone" : run.lost ? "lost" : run.needed < data.never ? "arrives" : "never";
    if (how === "lost") values.left = last + 1;
    this.outputs.start.textContent = given.start;
    this.outputs.rate.textContent = given.rate;
    this.start.setAttribute("aria-valuetext", given.start);
    this.rate.setAttribute("aria-valuetext", given.rate);
    this.verdict.textContent = data.verdictTexts[run.verdict];
    this.verdict.dataset.verdict = data.verdicts[run.verdict];
    this.said.textContent = filled(words[how], values);
    clearTimeout(this.speaking);  // not every place that is passed while dragging is read aloud
    this.speaking = setTimeout(() => {
      const end = `${data.verdictTexts[run.verdict]}; ${filled(words[how], values)}`;
      this.live.textContent = `${filled(words.given, values)} ${end}`;
    }, 500);
  }
}

async function explore(section, data) {
  if (typeof DecompressionStream === "undefined") return null;  // a browser from before 2023 has the film alone
  return new Explorable(section, data, new Paths(data, await unpacked(data.paths)));
}
