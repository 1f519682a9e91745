// What the page does: zoom, open and close, focus, search. It follows picture.js.
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
