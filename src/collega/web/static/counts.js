// How many discrepancies wait, beside the name of their page; asked for anew when the page hears of a change.
const BETWEEN_MS = 5000;
const GATHER_MS = 1200; // the server counts anew after a second
const link = document.querySelector('.top a[href="/discrepancies"]');
const mark = link?.querySelector(".count");
let askedAt = 0;
let timer = null;
let heardAt = 0;

async function count() {
  timer = null;
  askedAt = Date.now();
  if (askedAt - heardAt < GATHER_MS) soon();
  try {
    const answer = await fetch("/api/discrepancies/counts", { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(answer.status);
    const { open, taken, overdue } = await answer.json();
    show(open + taken, overdue);
  } catch {
    show(0, 0); // no figure is better than an old one
  }
}

function soon() {
  timer ??= setTimeout(count, Math.max(GATHER_MS, askedAt + BETWEEN_MS - Date.now()));
}

function show(waiting, overdue) {
  mark.className = overdue ? "count late" : "count";
  mark.textContent = waiting ? ` ${waiting}` : "";
  if (!waiting || !overdue) return;
  const words = document.createElement("span");
  words.textContent = ` (${overdue} ${link.parentElement.dataset.late})`;
  mark.append(words);
}

if (link) {
  count();
  document.addEventListener("collega:change", () => {
    heardAt = Date.now();
    soon();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) count(); });
}
