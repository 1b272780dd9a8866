// The open inbox: what is new appears, nothing is written over what somebody is filling in, and two people at once are told.
import { listen } from "./live.js";

const SILENT_MS = 25000; // two heartbeats missed
const GRACE_MS = 4000;
const BETWEEN_MS = 1500;
const GATHER_MS = 1200; // the server counts anew after a second: what is asked later than that is new enough
const CLOCK_MS = 30000; // ages and deadlines pass without any event
const AGAIN_MS = 3000;

const inbox = document.getElementById("inbox");
const words = inbox.dataset;
const isOne = "one" in words;
const live = document.getElementById("live");
const stale = document.getElementById("stale");
const said = document.getElementById("said");
const clock = new Intl.DateTimeFormat("nl", { hour: "2-digit", minute: "2-digit", timeZone: live.dataset.zone });
const here = isOne ? location.pathname : `${words.rows}${location.search}`;

let heardAt = Date.now();
let currentAt = Date.now();
let lostAt = null;
let isDown = false;
let isFailing = false;
let isAsking = false;
let fetchedAt = 0;
let shownAt = 0;
let toldAt = 0; // of a change
let changes = null; // how many there were when the rows were fetched; null: they are to be fetched
let timer = null;

const cards = (root = inbox) => [...root.querySelectorAll("article.discrepancy")];
const current = () => document.activeElement?.closest?.("article.discrepancy");
const isBusy = (card) => card.contains(document.activeElement) || "dirty" in card.dataset;
const parse = (text) => new DOMParser().parseFromString(text, "text/html");

listen((kind) => {
  if (kind === "lost") lostAt ??= Date.now();
  else {
    heardAt = Date.now();
    lostAt = null;
    isDown = kind === "down";
    if (kind === "change" || kind === "refresh") {
      document.dispatchEvent(new Event("collega:change"));
      toldAt = heardAt;
      fetchSoon();
    } else if (kind === "heartbeat" && !isAsking) currentAt = heardAt;
  }
  judge();
});

function fetchSoon(wait = GATHER_MS) {
  isAsking = true;
  timer ??= setTimeout(fetchRows, Math.max(wait, fetchedAt + BETWEEN_MS - Date.now()));
}

async function fetchRows() {
  timer = null;
  const asked = fetchedAt = Date.now();
  if (asked - toldAt < GATHER_MS) fetchSoon(); // what was told just now may not be counted yet
  try {
    const counts = await (await ask("/api/discrepancies/counts")).json();
    if (counts.changes !== changes || asked - shownAt > CLOCK_MS) await fetchList(asked, counts.changes);
    isFailing = false;
    isAsking = timer !== null;
    if (!isDown && lostAt === null) currentAt = asked;
  } catch {
    isFailing = true;
    fetchSoon(AGAIN_MS);
  }
  judge();
}

async function ask(address) {
  const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(10000) });
  if (!answer.ok) throw new Error(answer.status);
  return answer;
}

async function fetchList(asked, count) {
  const fresh = parse(await (await ask(here)).text());
  if (asked < shownAt) return; // a later answer was quicker, or something was saved meanwhile
  shownAt = asked;
  changes = count;
  merge(fresh);
}

function merge(fresh) {
  for (const id of ["sums", "late", "rest", "none", "history"]) swap(id, fresh);
  const list = document.getElementById("list");
  const wanted = cards(fresh);
  const ids = new Set(wanted.map((card) => card.id));
  const known = new Set(cards().map((card) => card.id));
  for (const card of cards()) if (!ids.has(card.id) && !isBusy(card)) card.remove();
  let added = 0;
  let after = null;
  for (const card of wanted) {
    const shown = document.getElementById(card.id);
    if (!shown) {
      if (!known.has(card.id)) added += 1;
      list.insertBefore(card, after ? after.nextElementSibling : list.firstElementChild);
      after = card;
    } else if (!isBusy(shown)) {
      shown.replaceWith(card);
      after = card;
    } else {
      if (shown.dataset.revision !== card.dataset.revision) warn(shown, card);
      after = shown;
    }
  }
  if (added) say(words.new.replace("{n}", added));
}

// What stands around the list: it comes and goes.
function swap(id, fresh) {
  const now = document.getElementById(id);
  const next = fresh.getElementById(id);
  if (now && next) { if (now.innerHTML !== next.innerHTML) now.replaceWith(next); }
  else if (now && id !== "history") now.remove();
  else if (next) (id === "none" ? document.getElementById("list") : inbox).prepend(next);
}

// Somebody else has changed what is being filled in here: it stays, and is told.
function warn(shown, card) {
  shown.querySelector(".theirs")?.remove();
  const note = document.createElement("p");
  note.className = "notice theirs";
  note.setAttribute("role", "alert");
  note.append(`${words.changed} `);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.reload;
  button.addEventListener("click", () => {
    shown.replaceWith(card);
    card.focus();
  });
  note.append(button);
  shown.querySelector("h2").after(note);
}

function say(text, wrong = false) {
  said.textContent = text;
  said.classList.toggle("wrong", wrong);
}

inbox.addEventListener("input", (event) => {
  const card = event.target.closest("article.discrepancy");
  if (card) card.dataset.dirty = "";
});

inbox.addEventListener("submit", async (event) => {
  const form = event.target;
  const card = form.closest("article.discrepancy");
  event.preventDefault();
  if (form.dataset.sending) return; // a second Enter while the first is on its way
  form.dataset.sending = "yes";
  const id = card.id;
  try {
    const sent = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body: sent, signal: AbortSignal.timeout(10000) });
    if (!answer.ok && answer.status !== 409) {
      say((await answer.json().catch(() => ({}))).detail || `${answer.status}`, true);
      return;
    }
    const fresh = parse(await answer.text());
    shownAt = Date.now();
    const next = fresh.getElementById(id);
    document.getElementById(id)?.replaceWith(next);
    if (isOne) swap("history", fresh);
    if (answer.status === 409) {
      next.dataset.dirty = "";
      say(next.querySelector(".conflict").textContent, true);
    } else say(words.saved);
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    changes = null;
    fetchSoon(); // counts, and what the filter no longer holds once it is left
  } catch {
    say(words.notSaved, true); // what was filled in stands
    fetchSoon(0); // whether the list itself is still true
  } finally {
    delete form.dataset.sending;
  }
});

function go(step) {
  const all = cards();
  if (!all.length) return;
  const at = all.indexOf(current());
  const to = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
  to.focus();
  to.scrollIntoView({ block: "nearest" });
}

function conclude() {
  const closing = current()?.querySelector("details.closing");
  if (!closing) return;
  closing.open = true;
  closing.querySelector("select").focus();
}

const actions = {
  j: () => go(1),
  k: () => go(-1),
  t: () => current()?.querySelector("form.take button")?.click(),
  c: conclude,
  o: () => current()?.querySelector("a.pacs")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

function judge() {
  const now = Date.now();
  const isStale = isDown || isFailing || now - heardAt > SILENT_MS || (lostAt !== null && now - lostAt > GRACE_MS);
  document.body.classList.toggle("is-stale", isStale);
  document.body.classList.toggle("is-live", !isStale);
  if (isStale && stale.hidden) stale.querySelector(".word").textContent = live.dataset.stale.replace("{at}", clock.format(currentAt));
  stale.hidden = !isStale;
  const status = isStale ? "" : `${live.dataset.live} ${clock.format(currentAt)}`;
  if (live.querySelector(".word").textContent !== status) live.querySelector(".word").textContent = status;
}

setInterval(judge, 1000);
setInterval(() => fetchSoon(0), CLOCK_MS);
document.addEventListener("visibilitychange", () => {
  judge();
  if (!document.hidden) fetchSoon(0);
});
judge();
