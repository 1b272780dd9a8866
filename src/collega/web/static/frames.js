// Frames of the study of this page: each is fetched once, for the quick view and for the key images.
import { decode } from "./viewer-draw.js";

const KEPT = 80; // frames that stay in memory
const kept = new Map();
let marks = null;

const page = document.querySelector(".study-page").dataset;
// A case of a panel has an address of its own, under which there is no word of AI.
export const isBlind = "base" in page;
export const base = page.base ?? `/studies/${encodeURIComponent(page.uid)}`;

const failed = async (answer) => new Error((await answer.json().catch(() => ({}))).detail || answer.status);

export async function json(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(20000) });
  if (!answer.ok) throw await failed(answer);
  return answer.json();
}

export function overlays() {
  if (isBlind) return Promise.resolve([]);
  marks ??= json(`${base}/overlays`);
  marks.catch(() => { marks = null; });
  return marks;
}

export function frame(slot) {
  const address = `${base}/images/${slot.key}/${slot.frame}`;
  if (!kept.has(address)) {
    kept.set(address, (async () => {
      const answer = await fetch(address, { signal: AbortSignal.timeout(20000) });
      if (!answer.ok) throw await failed(answer);
      return decode(JSON.parse(answer.headers.get("X-Frame")), await answer.arrayBuffer());
    })());
    kept.get(address).catch(() => kept.delete(address));
    while (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }
  return kept.get(address);
}
