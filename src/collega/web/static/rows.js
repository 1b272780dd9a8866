// Lays the rows that the server has made over those that stand on the page.
// Cells change in place, so that focus and open details stay; order changes move whole rows.
const SLIDE_MS = 220;
const CELLS = "[data-cell]";
const AROUND = ".outage, #legend, #more";

export function parse(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

const isSame = (row) => row.dataset.same !== undefined;
const rowsOf = (root) => [...root.querySelectorAll("#rows > li")];
const order = (rows) => rows.map((row) => row.id).join(" ");

// The server leaves out what a page has, and gives its place alone. Rows that have not been laid out yet are taken
// from those that wait; false where a row is nowhere.
export function complete(board, waiting, fresh) {
  const here = new Set(rowsOf(board).map((row) => row.id));
  const later = new Map(waiting ? rowsOf(waiting).map((row) => [row.id, row]) : []);
  return rowsOf(fresh).filter(isSame).every((row) => {
    const one = later.get(row.id);
    if (one && !isSame(one)) row.replaceWith(one.cloneNode(true));
    else if (!here.has(row.id)) return false;
    return true;
  });
}

export function sameOrder(board, fresh) {
  return order(rowsOf(board)) === order(rowsOf(fresh));
}

export function countMoves(board, fresh) {
  const before = new Map(rowsOf(board).map((row, place) => [row.id, place]));
  const after = rowsOf(fresh);
  const kept = after.filter((row) => before.has(row.id));
  let moved = 0;
  let last = -1;
  for (const row of kept) {
    if (before.get(row.id) < last) moved += 1;
    else last = before.get(row.id);
  }
  return moved + (after.length - kept.length) + (before.size - kept.length);
}

// Changes what the rows say and leaves them where they are.
export function fill(board, fresh) {
  const present = new Map(rowsOf(board).map((row) => [row.id, row]));
  for (const row of rowsOf(fresh)) {
    const shown = present.get(row.id);
    if (shown && !isSame(row)) fillRow(shown, row);
  }
  board.querySelector("#as-of")?.replaceWith(fresh.querySelector("#as-of").cloneNode(true));
}

function fillRow(shown, row) {
  if (shown.className !== row.className) shown.className = row.className;
  const cells = [...shown.querySelectorAll(CELLS)];
  row.querySelectorAll(CELLS).forEach((cell, place) => {
    const target = cells[place];
    if (cell.tagName === "DETAILS") {
      for (const part of ["summary", ".panel"]) fillPart(target.querySelector(part), cell.querySelector(part));
    } else fillPart(target, cell);
  });
}

function fillPart(target, part) {
  if (target.innerHTML === part.innerHTML) return;
  const focused = target.contains(document.activeElement) && document.activeElement !== target;
  target.replaceChildren(...part.cloneNode(true).childNodes);
  if (focused) target.querySelector("a, button")?.focus({ preventScroll: true });
}

// Puts everything as the server has it: rows come, go and slide to their places.
export function arrange(board, fresh) {
  const focus = document.activeElement?.closest("#rows > li") ? document.activeElement : null;
  const list = board.querySelector("#rows");
  const before = new Map(rowsOf(board).map((row) => [row.id, row.getBoundingClientRect().top]));
  fill(board, fresh);
  const wanted = rowsOf(fresh).map((row) => document.getElementById(row.id) ?? row);
  for (const row of rowsOf(board)) if (!wanted.includes(row)) row.remove();
  wanted.forEach((row, place) => {
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
  for (const line of board.querySelectorAll(AROUND)) line.remove();
  board.prepend(...fresh.querySelectorAll(".outage"));
  board.append(...fresh.querySelectorAll("#legend, #more"));
  if (focus && document.activeElement !== focus && focus.isConnected) focus.focus({ preventScroll: true });
  slide(list, before);
}

function slide(list, before) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden) return;
  for (const row of list.children) {
    const from = before.get(row.id);
    const way = from === undefined ? 0 : from - row.getBoundingClientRect().top;
    if (from === undefined) row.animate([{ opacity: 0 }, { opacity: 1 }], { duration: SLIDE_MS });
    else if (Math.abs(way) > 1) {
      const frames = [{ transform: `translateY(${way}px)` }, { transform: "none" }];
      row.animate(frames, { duration: SLIDE_MS, easing: "ease-out" });
    }
  }
}
