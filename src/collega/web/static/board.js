// The open board: hears of changes, shows them calmly, and says when it can no longer be trusted.
import { keys } from "./keys.js";
import { listen } from "./live.js";
import { arrange, complete, countMoves, fill, parse, sameOrder } from "./rows.js";

const SILENT_MS = 25000; // two heartbeats missed
const GRACE_MS = 4000; // a stream that breaks and is back at once is no news
// At rest a change is asked for at once; where changes come in a flood, once a second.
const BRIEF_MS = 100;
const BETWEEN_MS = 1000;
const FLOOD = 5; // in as many seconds
const AGAIN_MS = 3000;
const CLOCK_MS = 30000; // waiting times grow without any event
const AT_REST_MS = 4000;
const READING_MS = 15000; // details are open: somebody reads them

const board = document.getElementById("board");
const live = document.getElementById("live");
const stale = document.getElementById("stale");
const changes = document.getElementById("changes");
const said = document.getElementById("said");
const formToken = document.querySelector("meta[name=form-token]").content;
const address = `/board/rows?lang=${document.documentElement.lang}`;
const clock = new Intl.DateTimeFormat("nl", { hour: "2-digit", minute: "2-digit", timeZone: live.dataset.zone });

let heardAt = Date.now();
let currentAt = Date.now(); // the rows were last known to be true
let lostAt = null; // the stream broke
let isDown = false; // the server has lost its database
let isFailing = false; // rows could not be fetched
let isAsking = false; // a change was told whose rows are not here yet
let asks = []; // when the last few times
let shownAt = 0;
let timer = null;
let has = document.getElementById("rows").dataset.made; // the sheet that is on the page, or waits to be
let waiting = null; // rows that wait until the list is at rest
let touchedAt = 0;

listen((kind) => {
  if (kind === "lost") {
    lostAt ??= Date.now();
  } else {
    heardAt = Date.now();
    lostAt = null;
    isDown = kind === "down";
    if (kind === "change" || kind === "refresh") {
      document.dispatchEvent(new Event("collega:change"));
      fetchSoon();
    } else if (kind === "heartbeat" && !isAsking) currentAt = heardAt;
  }
  judge();
});

function fetchSoon(wait = 0) {
  isAsking = true;
  if (timer !== null) return;
  const now = Date.now();
  asks = asks.filter((at) => at > now - FLOOD * BETWEEN_MS);
  const between = asks.length < FLOOD ? BRIEF_MS : BETWEEN_MS;
  timer = setTimeout(fetchRows, Math.max(wait, (asks.at(-1) ?? 0) + between - now));
}

async function fetchRows() {
  const asked = Date.now();
  asks.push(asked);
  timer = null;
  try {
    const answer = await fetch(`${address}&after=${encodeURIComponent(has)}`, { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(answer.status);
    const fresh = parse(await answer.text());
    if (asked < shownAt) return; // a later answer was quicker
    if (!complete(board, waiting, fresh)) {
      has = ""; // a row that should be here is not: all of them
      fetchSoon();
      return;
    }
    has = fresh.querySelector("#rows").dataset.made;
    shownAt = asked;
    show(fresh);
    isFailing = false;
    isAsking = timer !== null; // another change may have come meanwhile
    if (!isDown && lostAt === null) currentAt = asked;
  } catch {
    has = ""; // it may have been laid out in part
    isFailing = true;
    fetchSoon(AGAIN_MS);
  }
  judge();
}

function show(fresh) {
  if (sameOrder(board, fresh)) {
    waiting = null;
    arrange(board, fresh);
  } else if (inUse()) {
    waiting = fresh;
    fill(board, fresh);
  } else {
    settle(fresh);
  }
  announce();
}

function settle(fresh) {
  const moves = countMoves(board, fresh);
  waiting = null;
  arrange(board, fresh);
  said.textContent = `${board.dataset.updated} (${moves})`;
}

// Rows do not move under a pointer or a reader who is busy in the list.
function inUse() {
  return Date.now() - touchedAt < (board.querySelector("details[open]") ? READING_MS : AT_REST_MS);
}

function announce() {
  changes.hidden = waiting === null;
  if (waiting) changes.textContent = board.dataset.changes.replace("{n}", countMoves(board, waiting));
}

function settleNow() {
  touchedAt = 0;
  if (waiting) settle(waiting);
  announce();
}

function judge() {
  const now = Date.now();
  const isStale = isDown || isFailing || now - heardAt > SILENT_MS || (lostAt !== null && now - lostAt > GRACE_MS);
  if (!isStale && !stale.hidden) said.textContent = live.dataset.live;
  document.body.classList.toggle("is-stale", isStale);
  document.body.classList.toggle("is-live", !isStale);
  const words = live.dataset.stale.replace("{at}", clock.format(currentAt));
  if (isStale && stale.hidden) stale.querySelector(".word").textContent = words;
  stale.hidden = !isStale;
  const status = isStale ? "" : `${live.dataset.live} ${clock.format(currentAt)}`;
  if (live.querySelector(".word").textContent !== status) live.querySelector(".word").textContent = status;
}

for (const kind of ["pointermove", "pointerdown", "keydown", "wheel"]) {
  board.addEventListener(kind, () => { touchedAt = Date.now(); }, { passive: true });
}
changes.addEventListener("click", settleNow);
document.getElementById("refresh").addEventListener("click", (event) => {
  event.preventDefault();
  refresh();
});
for (const kind of ["click", "auxclick"]) {
  board.addEventListener(kind, (event) => {
    const link = event.target.closest("a.viewer");
    if (link) noteOpened(link.closest("li").dataset.uid);
  });
}

function noteOpened(uid) {
  const headers = { "Content-Type": "application/json", "X-Form-Token": formToken };
  fetch(`/api/studies/${encodeURIComponent(uid)}/opened`, { method: "POST", headers, body: "{}", keepalive: true });
}

function refresh() {
  touchedAt = 0;
  fetchSoon(0);
}

keys(board, { refresh });
setInterval(() => {
  judge();
  if (waiting && !inUse()) settleNow();
}, 1000);
setInterval(() => fetchSoon(), CLOCK_MS);
document.addEventListener("visibilitychange", () => {
  judge();
  if (!document.hidden) fetchSoon(0);
});
document.addEventListener("collega-unlocked", () => fetchSoon(0));
fetchSoon(0);
judge();
