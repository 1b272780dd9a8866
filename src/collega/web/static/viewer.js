// The quick view: scroll, window, zoom; the space bar hides AI while it is held. No primary diagnosis.
import { base, frame as fetchFrame, isBlind, json, overlays } from "./frames.js";
import { drawOverlays, paint } from "./viewer-draw.js";

const AHEAD = 6;
// As stored, brain, soft tissue, lung, bone. Where a reader answers by number, windows have letters.
const RANGES = [null, [40, 80], [40, 400], [-600, 1500], [480, 2500]];
const WINDOWS = Object.fromEntries(RANGES.map((range, at) => [(isBlind ? "qwert" : "12345")[at], range]));

const view = document.getElementById("quick-view");
const [stage, canvas, above, told, aside, list] = ["stage", "image", "above", "told", "aside", "series"].map((name) => view.querySelector(`.${name}`));
const words = view.dataset;
const reasons = JSON.parse(words.why);
const state = { series: [], at: 0, place: 0, overlays: [], window: null, zoom: 1, x: 0, y: 0, hidden: false, frame: null, asked: 0 };

const slots = () => state.series[state.at]?.slots ?? [];

async function show() {
  const asked = ++state.asked;
  const slot = slots()[state.place];
  if (!slot) return;
  try {
    const frame = await fetchFrame(slot);
    if (asked !== state.asked) return; // scrolled on meanwhile
    state.frame = frame;
    paintAll();
    view.dataset.shown = `${slot.key}/${slot.frame}`;
    told.textContent = `${words.image} ${state.place + 1} / ${slots().length}`;
    told.classList.remove("wrong");
    for (let step = 1; step <= AHEAD; step++) {
      for (const near of [slots()[state.place + step], slots()[state.place - step]]) if (near) fetchFrame(near).catch(() => {});
    }
  } catch (error) {
    if (asked !== state.asked) return;
    state.frame = null;
    canvas.width = above.width = 0;
    told.textContent = `${words.cannot}: ${error.message}`;
    told.classList.add("wrong");
  }
}

function paintAll() {
  const { frame } = state;
  if (!frame) return;
  const [center, width] = state.window ?? [frame.center, frame.width];
  paint(canvas.getContext("2d"), frame, center, width);
  place();
}

function place() {
  const { frame } = state;
  if (!frame) return;
  const fit = Math.min(stage.clientWidth / frame.columns, stage.clientHeight / frame.rows);
  const scale = fit * state.zoom;
  const left = (stage.clientWidth - frame.columns * scale) / 2 + state.x;
  const top = (stage.clientHeight - frame.rows * scale) / 2 + state.y;
  canvas.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
  state.scale = scale;
  state.left = left;
  state.top = top;
  const slot = slots()[state.place];
  const wanted = state.hidden ? [] : state.overlays.filter((one) => !one.why && one.image === slot.key && one.frame === slot.frame);
  const here = wanted.filter(isLoaded);
  drawOverlays(above.getContext("2d"), stage, { scale, left, top, frame }, here);
  view.dataset.drawn = here.length;
  view.dataset.waiting = wanted.length - here.length;
}

// A heatmap is fetched when its image is first shown; one that does not arrive is told, as all that is not drawn.
function isLoaded(one) {
  if (one.shape !== "heat") return true;
  if (one.loaded) return one.loaded.complete && one.loaded.naturalWidth > 0;
  one.loaded = new Image();
  one.loaded.onload = place;
  one.loaded.onerror = () => { one.why = "failed"; tell(); };
  one.loaded.src = one.picture;
  return false;
}

function go(step) {
  const to = Math.max(0, Math.min(slots().length - 1, state.place + step));
  if (to !== state.place) { state.place = to; show(); }
}

function open(at, place = 0) {
  Object.assign(state, { at, place, window: null, zoom: 1, x: 0, y: 0 });
  for (const [index, button] of [...list.children].entries()) button.setAttribute("aria-pressed", String(index === at));
  show();
}

// Every finding that an app points at has its line: a button that leads there, or the reason why nothing is drawn.
function tell() {
  const told = new Map(); // a mask has an edge on many planes: its finding has one line, which leads to the first
  for (const one of state.overlays) {
    const line = `${one.app_id} ${one.finding} ${one.why} ${one.shape === "graphics" ? `${one.name} ${one.text ?? ""}` : ""}`;
    if (!told.has(line)) told.set(line, one);
  }
  aside.replaceChildren(...[...told.values()].map((one) => {
    const item = document.createElement("li");
    const at = state.series.findIndex((series) => series.slots.some((slot) => slot.key === one.image && slot.frame === one.frame));
    const name = `${one.name || words.unnamed}${one.app ? ` (${one.app})` : ""}`;
    const said = one.text ? ` “${one.text}”` : "";
    if (one.why || at < 0) {
      item.className = "not-drawn";
      item.textContent = `${name}: ${words.notDrawn}: ${one.why === "failed" ? words.failed : reasons[one.why || "unknown_image"]}.${said} `;
      if (one.link) {
        const link = document.createElement("a");
        Object.assign(link, { href: one.link, target: "_blank", rel: "noopener noreferrer", textContent: words.open });
        item.append(link);
      }
    } else {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain";
      const index = state.series[at].slots.findIndex((slot) => slot.key === one.image && slot.frame === one.frame);
      button.textContent = `${name}, ${words.image} ${index + 1}${said}`;
      button.addEventListener("click", () => open(at, index));
      item.append(button);
    }
    return item;
  }));
}

async function begin() {
  try {
    const series = await json(`${base}/images`);
    state.series = series.map((one) => ({ ...one, slots: one.images.flatMap((image) => Array.from({ length: image.frames }, (_, index) => ({ key: image.key, uid: image.uid, frame: index + 1 }))) }));
    list.replaceChildren(...state.series.map((one, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${one.number || ""} ${one.description || one.modality} (${one.slots.length})`.trim();
      button.addEventListener("click", () => open(at, Math.floor(one.slots.length / 2)));
      return button;
    }));
    if (!state.series.length) { told.textContent = words.none; return; }
    open(0, Math.floor(state.series[0].slots.length / 2));
    state.overlays = await overlays();
    tell();
    const first = state.overlays.find((one) => !one.why);
    const at = first ? state.series.findIndex((one) => one.slots.some((slot) => slot.key === first.image && slot.frame === first.frame)) : -1;
    if (at >= 0) open(at, state.series[at].slots.findIndex((slot) => slot.key === first.image && slot.frame === first.frame));
  } catch (error) {
    told.textContent = `${words.cannot}: ${error.message}`;
    told.classList.add("wrong");
  }
}

// A key image on a card was clicked: it is shown large.
document.addEventListener("collega:show-image", ({ detail }) => {
  const isIt = (slot) => slot.key === detail.key && slot.frame === detail.frame;
  const at = state.series.findIndex((series) => series.slots.some(isIt));
  if (at < 0) return;
  open(at, state.series[at].slots.findIndex(isIt));
  stage.focus({ preventScroll: true });
  view.scrollIntoView({ block: "start" });
});

function hide(hidden) {
  if (state.hidden === hidden) return;
  state.hidden = hidden;
  place();
}

stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  if (event.ctrlKey) zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15);
  else go(Math.sign(event.deltaY));
}, { passive: false });

function zoom(by) {
  state.zoom = Math.max(0.5, Math.min(16, state.zoom * by));
  place();
}

let drag = null;
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  drag = { x: event.clientX, y: event.clientY, pan: event.shiftKey || event.button === 1 };
});
stage.addEventListener("pointermove", (event) => {
  if (!drag || !state.frame) return;
  const [right, down] = [event.clientX - drag.x, event.clientY - drag.y];
  Object.assign(drag, { x: event.clientX, y: event.clientY });
  if (drag.pan) {
    state.x += right;
    state.y += down;
    place();
    return;
  }
  const [center, width] = state.window ?? [state.frame.center, state.frame.width];
  const step = Math.max(width / 400, 0.25);
  state.window = [center + down * step, Math.max(1, width + right * step)];
  paintAll();
});
for (const kind of ["pointerup", "pointercancel"]) stage.addEventListener(kind, () => { drag = null; });

// What no app named: a double click says where, the form below says what.
stage.addEventListener("dblclick", (event) => {
  const form = document.getElementById("missed-form");
  const slot = slots()[state.place];
  if (!form || !slot || !state.frame) return;
  const box = stage.getBoundingClientRect();
  const column = (event.clientX - box.left - state.left) / state.scale;
  const row = (event.clientY - box.top - state.top) / state.scale;
  if (column < 0 || row < 0 || column > state.frame.columns || row > state.frame.rows) return;
  Object.entries({ image: slot.uid, frame: slot.frame, column: column.toFixed(1), row: row.toFixed(1) }).forEach(([name, value]) => { form.elements[name].value = value; });
  form.elements.what.focus();
});

const actions = {
  ArrowDown: () => go(1), ArrowUp: () => go(-1), PageDown: () => go(10), PageUp: () => go(-10),
  Home: () => go(-Infinity), End: () => go(Infinity), "+": () => zoom(1.25), "-": () => zoom(0.8),
  0: () => { Object.assign(state, { window: null, zoom: 1, x: 0, y: 0 }); paintAll(); },
};
stage.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const action = actions[event.key] ?? (event.key in WINDOWS && (() => { state.window = WINDOWS[event.key]; paintAll(); }));
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.target.closest("input, textarea, select, button, a, summary")) return;
  event.preventDefault();
  hide(true);
});
document.addEventListener("keyup", (event) => { if (event.key === " ") hide(false); });
addEventListener("blur", () => hide(false));
new ResizeObserver(place).observe(stage);
begin();
