// The key image of each finding on its card: fetched when it comes into view, with what the app points at; words where it cannot be drawn.
import { frame, overlays } from "./frames.js";
import { drawOverlays, paint } from "./viewer-draw.js";

const WIDEST = 240;

async function draw(figure) {
  const button = figure.querySelector("button");
  const told = figure.querySelector("figcaption");
  const slot = { key: figure.dataset.key, frame: Number(figure.dataset.frame) };
  try {
    const [image, marks] = await Promise.all([frame(slot), overlays()]);
    const scale = Math.min(WIDEST / image.columns, WIDEST / image.rows);
    const whole = document.createElement("canvas");
    paint(whole.getContext("2d"), image, image.center, image.width);
    const [small, above] = figure.querySelectorAll("canvas");
    const dense = window.devicePixelRatio || 1;
    small.width = Math.round(image.columns * scale * dense);
    small.height = Math.round(image.rows * scale * dense);
    small.style.width = `${image.columns * scale}px`;
    small.getContext("2d").drawImage(whole, 0, 0, small.width, small.height);
    const here = marks.filter((one) => !one.why && one.image === slot.key && one.frame === slot.frame
      && one.shape !== "heat" && one.app_id === figure.dataset.app && one.finding === figure.dataset.finding);
    button.disabled = false;
    const stage = { clientWidth: image.columns * scale, clientHeight: image.rows * scale };
    drawOverlays(above.getContext("2d"), stage, { scale, left: 0, top: 0, frame: image }, here.map((one) => ({ ...one, name: "" })));
    told.textContent = here.length ? told.dataset.marked : told.dataset.unmarked;
    figure.dataset.drawn = here.length;
  } catch (error) {
    button.hidden = true;
    told.textContent = `${told.dataset.cannot}: ${error.message}`;
    figure.dataset.drawn = "none";
  }
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "200px" });

const watch = (root) => root.querySelectorAll("figure.key-image:not([data-drawn])").forEach((one) => seen.observe(one));

// A card that was answered with anew stands in the place of the old one.
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) watch(node.parentElement);
}).observe(document.querySelector(".study-page"), { childList: true, subtree: true });
watch(document);

document.addEventListener("click", (event) => {
  const figure = event.target.closest("figure.key-image");
  if (!figure || !event.target.closest("button")) return;
  const detail = { key: figure.dataset.key, frame: Number(figure.dataset.frame) };
  document.dispatchEvent(new CustomEvent("collega:show-image", { detail }));
});
