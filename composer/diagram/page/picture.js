// What is drawn, and where it stands. One script with page.js, which follows it.
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
  const rect = (by, role) => shape(["r", by - half[0], by - half[1], f.size[0], f.size[1], 7, `fill-frame-${role}`, f.b.mark ? [f.b.mark, 2.2] : ["line-frame", 0.9]]);
  if (f.b.times > 1 && !each.has(f.path)) group.append(rect(3, Math.min(depth, 2)));
  group.append(rect(0, Math.min(depth, 2)), f.mark);
  const title = make("g", { transform: `translate(${PAD - half[0]},${15 - half[1]})` }, ...f.b.title.map(shape));
  const left = -f.inner.size[0] / 2, top = TITLE + PAD - half[1];
  const inner = make("g", { role: "group", transform: `translate(${left},${top})` });
  group.append(title, inner);
  draw(f.inner, inner, depth + 1);
}
