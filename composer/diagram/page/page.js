"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const by = (id) => document.getElementById(id);
const svg = by("picture"), tip = by("tip"), box = by("search"), list = by("found");
const SVG = "http://www.w3.org/2000/svg";
const PAD = 10, TITLE = 20;
const open = new Set(data.opened), each = new Set(data.unfolded), lit = new Set(data.lit);
let hits = new Set(), current = "", zoom = { x: 0, y: 0, k: 1 }, items = new Map(), stage, fitted = true;

// -- shapes ---------------------------------------------------------------------------------

function make(kind, attributes, ...inner) {
  const made = document.createElementNS(SVG, kind);
  for (const name in attributes) made.setAttribute(name, attributes[name]);
  made.append(...inner);
  return made;
}
function painted(made, fill, line) {
  made.style.fill = fill ? `var(--nw-${fill})` : "none";
  if (line) {
    made.style.stroke = `var(--nw-${line[0]})`;
    made.style.strokeWidth = line[1];
    if (line.length > 2) made.style.strokeDasharray = line.slice(2).join(" ");
  }
  return made;
}
function curve(p, join) {
  let text = `M${p[0]},${p[1]}${join}`;
  for (let i = 2; i < p.length; i += 2) text += `${p[i]},${p[i + 1]} `;
  return text;
}
function words(text, x, y, wide, size, bold, tone) {
  const made = make("text", { x, y, textLength: wide, lengthAdjust: "spacingAndGlyphs" }, text);
  made.style.fontSize = size + "px";
  if (bold) made.style.fontWeight = 600;
  return painted(made, tone);
}
function shape(s) {
  switch (s[0]) {
    case "r":
      return painted(make("rect", { x: s[1], y: s[2], width: s[3], height: s[4], rx: s[5] }), s[6], s[7]);
    case "s":
      return painted(make("path", { d: curve(s[1], "C") }), "", s[2]);
    case "p":
      return painted(make("path", { d: curve(s[1], "L") + "Z" }), s[2]);
    default:
      return words(...s.slice(1));
  }
}

// -- where everything stands ----------------------------------------------------------------

// A map of one axis that only ever stretches, so that each of these stretches is as long as it
// needs to be: what did not overlap before does not overlap after it.
function stretched(length, needs) {
  const cuts = [...new Set([0, length, ...needs.flatMap((n) => [n[0], n[1]])])].sort((a, b) => a - b);
  const old = cuts.slice(1).map((c, i) => c - cuts[i]), now = old.slice();
  for (const [from, to, need] of needs.sort((a, b) => a[1] - a[0] - (b[1] - b[0]))) {
    const first = cuts.indexOf(from), last = cuts.indexOf(to);
    let have = 0;
    for (let i = first; i < last; i++) have += now[i];
    if (have >= need) continue;
    for (let i = first; i < last; i++) now[i] += ((need - have) * old[i]) / (to - from);
  }
  const ends = [0];
  now.forEach((n) => ends.push(ends[ends.length - 1] + n));
  return (v) => {
    if (v <= cuts[0]) return v - cuts[0];
    const last = cuts.length - 1;
    if (v >= cuts[last]) return ends[last] + v - cuts[last];
    let i = 0;
    while (v > cuts[i + 1]) i++;
    return ends[i] + ((v - cuts[i]) * now[i]) / old[i];
  };
}
// The inside of a box that is shown opened: the number of its level, and what its paths begin with.
function inside(b, path, prefix) {
  if (!open.has(path) && !each.has(path)) return null;
  if (each.has(path) && b.copies !== undefined) return [b.copies, prefix];
  return open.has(path) && b.opens !== undefined ? [b.opens, path + "."] : null;
}
function placed(number, prefix) {
  const level = data.levels[number], rows = [], columns = [];
  const found = level.boxes.map((b) => {
    const path = prefix + b.id, within = inside(b, path, prefix);
    if (!within) return { b, path, size: b.size, inner: null };
    const inner = placed(...within);
    const size = [Math.max(inner.size[0], b.room) + 2 * PAD, inner.size[1] + TITLE + 2 * PAD];
    columns.push([b.at[0] - b.size[0] / 2, b.at[0] + b.size[0] / 2, size[0]]);
    rows.push([b.at[1] - b.size[1] / 2, b.at[1] + b.size[1] / 2, size[1]]);
    return { b, path, size, inner };
  });
  const x = stretched(level.size[0], columns), y = stretched(level.size[1], rows);
  // A map that only stretches leaves a box room round its centre; a frame fills the room it got.
  for (const f of found)
    f.at = [0, 1].map((axis) => {
      const map = axis ? y : x, half = f.b.size[axis] / 2, at = f.b.at[axis];
      return f.inner ? (map(at - half) + map(at + half)) / 2 : map(at);
    });
  return { level, found, x, y, size: [x(level.size[0]), y(level.size[1])] };
}

// -- drawing --------------------------------------------------------------------------------

function edge(e, p) {
  const [from, to, points, head, line, tooltip, at, covers, lines] = e;
  const group = make("g", { "data-edge": tooltip, "aria-hidden": "true" });
  // Where an end comes to lie: as far from the box as it was, for a box keeps its size.
  const reached = (f, point) => point.map((v, axis) => {
    const was = f.b.size[axis] / 2, now = f.size[axis] / 2, by = v - f.b.at[axis];
    if (Math.abs(by) > was) return f.at[axis] + Math.sign(by) * (now + Math.abs(by) - was);
    if (!f.inner) return f.at[axis] + by;
    const map = axis ? p.y : p.x;
    return Math.min(Math.max(map(v), f.at[axis] - now), f.at[axis] + now);
  });
  const n = points.length, moved = points.map((v, i) => (i % 2 ? p.y(v) : p.x(v)));
  const start = reached(p.found[from], points.slice(0, 2));
  const end = reached(p.found[to], points.slice(n - 2));
  // Only the ends follow their boxes: what runs round frames stays outside of them.
  const path = moved.map((v, i) => {
    const axis = i % 2;
    return i < 4 ? v + start[axis] - moved[axis] : i >= n - 4 ? v + end[axis] - moved[n - 2 + axis] : v;
  });
  group.append(painted(make("path", { d: curve(path, "C") }), "", line));
  if (head) {
    const point = [end[0] + head[0] - points[n - 2], end[1] + head[1] - points[n - 1]];
    const dx = point[0] - end[0], dy = point[1] - end[1], long = Math.hypot(dx, dy) || 1;
    const ax = (-dy / long) * 2.4, ay = (dx / long) * 2.4;
    const corners = [...point, end[0] + ax, end[1] + ay, end[0] - ax, end[1] - ay];
    group.append(painted(make("path", { d: curve(corners, "L") + "Z" }), line[0]));
  }
  if (!at) return [group];
  const label = make("g", { "aria-hidden": "true" });
  const wide = Math.max(...lines.map((l) => l[1])), high = 10.56;
  const [cx, cy] = beside(at, points, path), top = cy - (high * (lines.length - 1)) / 2;
  if (covers)
    label.append(painted(make("rect", { x: cx - wide / 2 - 2, y: top - high / 2, width: wide + 4, height: high * lines.length, rx: 3 }), "paper"));
  lines.forEach(([text, own], i) =>
    label.append(words(text, cx - (data.across ? own : wide) / 2, top + i * high + 2.9, own, 8, 0, "soft")));
  return [group, label];
}
// A place beside a curve, moved as the curve was there.
function beside(at, old, now) {
  let best = null, least = Infinity;
  for (let i = 0; i + 7 < old.length; i += 6)
    for (let t = 0; t <= 1; t += 0.125) {
      const on = (p, axis) => (1 - t) ** 3 * p[i + axis] + 3 * t * (1 - t) ** 2 * p[i + 2 + axis] + 3 * t * t * (1 - t) * p[i + 4 + axis] + t ** 3 * p[i + 6 + axis];
      const dx = at[0] - on(old, 0), dy = at[1] - on(old, 1);
      if (dx * dx + 4 * dy * dy < least) {
        least = dx * dx + 4 * dy * dy;
        best = [on(now, 0) + dx, on(now, 1) + dy];
      }
    }
  return best;
}
function spoken(path, b) {
  const copies = b.times > 1 && b.copies !== undefined ? ". u: each copy" : "";
  return `${path.slice(0, path.length - b.id.length)}${b.tip}${b.place ? `\n${b.place}` : ""}${copies}`;
}
function draw(p, into, depth) {
  const labels = [];
  for (const f of p.found) if (f.inner) frame(f, into, depth);
  for (const e of p.level.edges) {
    const [line, label] = edge(e, p);
    into.append(line);
    if (label) labels.push(label);
  }
  for (const f of p.found) if (!f.inner) leaf(f, into, depth);
  into.append(...labels);
}
function item(f, into, depth, half) {
  const { b, path } = f, more = b.opens !== undefined || b.copies !== undefined;
  const group = make("g", { role: "treeitem", tabindex: -1, "aria-level": depth + 1, "data-path": path, "aria-label": spoken(path, b), transform: `translate(${f.at[0]},${f.at[1]})` });
  if (more) {
    group.setAttribute("aria-expanded", f.inner ? "true" : "false");
    group.setAttribute("data-more", "");
  }
  if (lit.has(path)) group.classList.add("lit");
  if (hits.has(path)) group.classList.add("hit");
  f.mark = painted(make("rect", { class: "mark", x: -half[0], y: -half[1], width: 2 * half[0], height: 2 * half[1], rx: f.inner ? 7 : 4 }));
  f.mark.style.removeProperty("fill");
  f.mark.setAttribute("fill", "none");
  items.set(path, { group, f, depth });
  into.append(group);
  return group;
}
function leaf(f, into, depth) {
  const group = item(f, into, depth, [f.size[0] / 2, f.size[1] / 2]);
  group.append(...f.b.shapes.map(shape), f.mark);
}
function frame(f, into, depth) {
  const half = [f.size[0] / 2, f.size[1] / 2];
  const group = item(f, into, depth, half);
  const rect = (by, role) => shape(["r", by - half[0], by - half[1], f.size[0], f.size[1], 7, `fill-frame-${role}`, ["line-frame", 0.9]]);
  if (f.b.times > 1 && !each.has(f.path)) group.append(rect(3, Math.min(depth, 2)));
  group.append(rect(0, Math.min(depth, 2)), f.mark);
  const title = make("g", { transform: `translate(${PAD - half[0]},${15 - half[1]})` }, ...f.b.title.map(shape));
  const left = -f.inner.size[0] / 2, top = TITLE + PAD - half[1];
  const inner = make("g", { role: "group", transform: `translate(${left},${top})` });
  group.append(title, inner);
  draw(f.inner, inner, depth + 1);
}
function drawAll() {
  items = new Map();
  stage = make("g", { role: "presentation" });
  const whole = placed(0, "");
  draw(whole, stage, 0);
  svg.size = whole.size;
  svg.replaceChildren(stage);
  if (!items.has(current)) current = items.keys().next().value || "";
  mark();
  moved();
}
function mark() {
  for (const [path, { group }] of items) group.setAttribute("tabindex", path === current ? 0 : -1);
}
function moved() {
  stage.setAttribute("transform", `translate(${zoom.x},${zoom.y}) scale(${zoom.k})`);
}
function fit() {
  const { width, height } = svg.getBoundingClientRect();
  const [w, h] = svg.size;
  const k = Math.min((width - 24) / w, (height - 24) / h, 1.6);
  // Of a tall network rather the top, large enough to be read, than all of it.
  zoom.k = Math.max(k, Math.min(0.7, (width - 24) / w));
  zoom.x = (width - w * zoom.k) / 2;
  zoom.y = Math.max(12, (height - h * zoom.k) / 2);
  if (h * zoom.k > height) zoom.y = 12;
  fitted = true;
  moved();
}
function scale(by, x, y) {
  const at = svg.getBoundingClientRect();
  const cx = (x ?? at.left + at.width / 2) - at.left, cy = (y ?? at.top + at.height / 2) - at.top;
  const k = Math.min(Math.max(zoom.k * by, 0.02), 12), f = k / zoom.k;
  zoom = { k, x: cx - (cx - zoom.x) * f, y: cy - (cy - zoom.y) * f };
  fitted = false;
  moved();
}
// Draws anew; what has this path stays where it is on the screen.
function redraw(path) {
  const corner = () => {
    const found = items.get(path);
    if (!found) return null;
    const at = found.group.querySelector(".mark").getBoundingClientRect();
    return [at.left + at.width / 2, at.top];
  };
  const before = corner(), focused = document.activeElement?.getAttribute?.("data-path");
  drawAll();
  const after = corner();
  if (before && after) {
    zoom.x += before[0] - after[0];
    zoom.y += before[1] - after[1];
    moved();
  }
  if (focused != null) focus(items.has(focused) ? focused : path, false);
}
function toggle(path, copies) {
  const found = items.get(path);
  if (!found) return;
  const { b } = found.f;
  hide();
  if (found.f.inner && !(copies && !each.has(path))) {
    open.delete(path);
    each.delete(path);
  } else if (b.copies !== undefined && (copies || b.opens === undefined)) {
    open.delete(path);
    each.add(path);
  } else if (b.opens !== undefined) {
    each.delete(path);
    open.add(path);
  } else return;
  redraw(path);
  say(`${path} is ${items.get(path)?.f.inner ? "open" : "closed"}`);
}
function say(text) {
  by("said").textContent = text;
}

// -- focus, tooltips ------------------------------------------------------------------------

function focus(path, reveal = true) {
  const found = items.get(path);
  if (!found) return;
  current = path;
  mark();
  found.group.focus({ preventScroll: true });
  if (reveal) show(path);
}
// Moves the picture so that a node is on the screen.
function show(path) {
  const node = items.get(path).group.querySelector(".mark").getBoundingClientRect();
  const view = svg.getBoundingClientRect(), margin = 24;
  const shift = (low, high, from, to) => {
    if (high - low > to - from - 2 * margin) return low < from || low > to ? from + margin - low : 0;
    return low < from + margin ? from + margin - low : high > to - margin ? to - margin - high : 0;
  };
  zoom.x += shift(node.left, node.right, view.left, view.right);
  zoom.y += shift(node.top, Math.min(node.bottom, node.top + 60), view.top, view.bottom);
  moved();
}
function hint(path, x, y) {
  const { f } = items.get(path);
  const [head, ...rest] = f.b.tip.split("\n");
  const name = document.createElement("b"), where = document.createElement("i");
  name.textContent = path.slice(0, path.length - f.b.id.length) + head;
  const more = f.b.opens !== undefined ? "\nEnter or click opens and closes it" : "";
  const copies = f.b.copies !== undefined ? "\nu or shift and click draws each copy" : "";
  where.textContent = (f.b.place ? `\n${f.b.place}` : "") + more + copies;
  tip.replaceChildren(name, rest.length ? "\n" + rest.join("\n") : "", where);
  tip.hidden = false;
  const size = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - size.width - 6)) + "px";
  tip.style.top = Math.max(4, y + 16 + size.height > innerHeight ? y - size.height - 10 : y + 16) + "px";
}
function hide() {
  tip.hidden = true;
}
const pathOf = (target) => target.closest?.("[data-path]")?.getAttribute("data-path") ?? null;

// -- search ---------------------------------------------------------------------------------

const MOST = 20000, SHOWN = 30;
let everything = null, results = [], chosen = 0;
// Every node of the network with the composites around it, as far as that is sensible.
function index() {
  if (everything) return everything;
  everything = [];
  const waiting = [[0, "", []]];
  for (let at = 0; at < waiting.length && everything.length < MOST; at++) {
    const [number, prefix, around] = waiting[at];
    for (const b of data.levels[number].boxes) {
      const path = prefix + b.id;
      if (!prefix || (b.kind !== "input" && b.kind !== "output"))
        everything.push({ path, around, text: `${path}\n${b.tip}`.toLowerCase(), b });
      if (b.opens !== undefined) waiting.push([b.opens, path + ".", [...around, path]]);
    }
  }
  return everything;
}
function search() {
  const wanted = box.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  results = wanted.length ? index().filter((one) => wanted.every((word) => one.text.includes(word))) : [];
  hits = new Set(results.map((one) => one.path));
  chosen = 0;
  drawAll();
  list.replaceChildren(
    ...results.slice(0, SHOWN).map((one, i) => {
      const row = document.createElement("li"), small = document.createElement("small");
      row.id = `found-${i}`;
      row.setAttribute("role", "option");
      row.textContent = one.path;
      small.textContent = one.b.tip.split("\n").slice(0, 2).join(", ").slice(one.b.id.length + 2);
      row.append(small);
      row.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        go(i);
      });
      return row;
    }),
  );
  list.hidden = !results.length;
  box.setAttribute("aria-expanded", String(!list.hidden));
  choose(0);
  say(wanted.length ? `${results.length} found` : "");
}
function choose(number) {
  const rows = [...list.children];
  if (!rows.length) return box.removeAttribute("aria-activedescendant");
  chosen = (number + rows.length) % rows.length;
  rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === chosen)));
  rows[chosen].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", rows[chosen].id);
}
function go(number) {
  const one = results[number];
  if (!one) return;
  for (const path of one.around) {
    each.delete(path);
    open.add(path);
  }
  list.hidden = true;
  box.setAttribute("aria-expanded", "false");
  if (zoom.k < 0.5) zoom.k = 0.8;
  drawAll();
  focus(one.path);
  say(`${one.path}, ${number + 1} of ${results.length}`);
}
box.addEventListener("input", search);
box.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Enter") go(chosen);
  else if (event.key === "Escape") {
    box.value = "";
    search();
    focus(current, false);
  } else return;
  event.preventDefault();
  event.stopPropagation();
});
box.addEventListener("blur", () => (list.hidden = true));

// -- what is pressed, clicked and dragged ----------------------------------------------------

const order = () => [...svg.querySelectorAll("[data-path]")]
  .map((group) => ({ path: group.getAttribute("data-path"), at: group.querySelector(".mark").getBoundingClientRect() }));
function step(by) {
  // From node to node as they are seen: along the network, a frame before what is in it.
  const along = order().sort((a, b) =>
    data.across ? a.at.left - b.at.left || a.at.top - b.at.top : a.at.top - b.at.top || a.at.left - b.at.left);
  const here = along.findIndex((one) => one.path === current);
  const next = along[Math.min(Math.max(here + by, 0), along.length - 1)];
  if (next) focus(next.path);
}
function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const on = pathOf(event.target), keys = {
    "/": () => box.focus(),
    Escape: () => (hide(), (hits = new Set()), drawAll(), on && focus(current, false)),
    "+": () => scale(1.25),
    "=": () => scale(1.25),
    "-": () => scale(0.8),
    0: fit,
    h: () => (document.querySelector("details").open ^= 1),
  };
  if (on !== null)
    Object.assign(keys, {
      Enter: () => toggle(on),
      " ": () => toggle(on),
      u: () => items.get(on).f.b.copies !== undefined && toggle(on, true),
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      Home: () => step(-1e9),
      End: () => step(1e9),
      ArrowRight: () => {
        const { f } = items.get(on);
        if (f.inner) focus(f.inner.found[0]?.path);
        else if (f.b.opens !== undefined || f.b.copies !== undefined) toggle(on);
      },
      ArrowLeft: () => {
        if (items.get(on).f.inner) return toggle(on);
        const around = pathOf(items.get(on).group.parentNode);
        if (around !== null) focus(around);
      },
    });
  if (event.target === box || !Object.hasOwn(keys, event.key)) return;
  if (on === null && event.target.closest?.("button, summary") && (event.key === "Enter" || event.key === " ")) return;
  event.preventDefault();
  keys[event.key]();
}
document.addEventListener("keydown", pressed);
svg.addEventListener("focusin", (event) => {
  const path = pathOf(event.target);
  if (path === null || !items.has(path)) return;
  current = path;
  mark();
  if (event.target.matches(":focus-visible")) {
    const at = items.get(path).group.querySelector(".mark").getBoundingClientRect();
    hint(path, at.right, at.top);
  }
});
svg.addEventListener("focusout", hide);

const pointers = new Map();
let travelled = 0;
svg.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  travelled = 0;
});
addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) {
    const path = pathOf(event.target);
    if (path !== null && items.has(path)) hint(path, event.clientX, event.clientY);
    else hide();
    return;
  }
  const now = [event.clientX, event.clientY], dx = now[0] - last[0], dy = now[1] - last[1];
  if (pointers.size === 2) {
    const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
    const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) || 1;
    scale(apart(now) / apart(last), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  } else {
    zoom.x += dx;
    zoom.y += dy;
    moved();
  }
  travelled += Math.abs(dx) + Math.abs(dy);
  if (travelled > 4) {
    fitted = false;
    hide();
    by("view").classList.add("drags");
  }
  pointers.set(event.pointerId, now);
});
const released = (event) => {
  pointers.delete(event.pointerId);
  by("view").classList.remove("drags");
};
addEventListener("pointerup", released);
addEventListener("pointercancel", released);
svg.addEventListener("click", (event) => {
  const path = pathOf(event.target);
  if (path === null || travelled > 4) return;
  focus(path, false);
  toggle(path, event.shiftKey);
});
svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  hide();
  scale(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX, event.clientY);
}, { passive: false });
by("in").addEventListener("click", () => scale(1.25));
by("out").addEventListener("click", () => scale(0.8));
by("fit").addEventListener("click", fit);
by("close").addEventListener("click", () => {
  open.clear();
  each.clear();
  drawAll();
  fit();
});
by("open").addEventListener("click", () => {
  let more = 0;
  for (const [path, { f }] of items)
    if (!f.inner && f.b.opens !== undefined && items.size + more < 1500) {
      open.add(path);
      more += data.levels[f.b.opens].boxes.length;
    }
  drawAll();
  fit();
});
addEventListener("resize", () => fitted && fit());

// -- begin ----------------------------------------------------------------------------------

const [w, h] = data.legend.size;
const legend = by("legend");
legend.setAttribute("viewBox", `0 0 ${w} ${h}`);
legend.setAttribute("width", w * 1.25);
legend.append(...data.legend.shapes.map(shape));
drawAll();
fit();
})();
