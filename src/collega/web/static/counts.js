// How many discrepancies wait, beside the name of their page; asked for anew when the page hears of a change.
const BETWEEN_MS = 5000;
const link = document.querySelector('.top a[href="/discrepancies"]');
let askedAt = 0;
let timer = null;

async function count() {
  timer = null;
  askedAt = Date.now();
  try {
    const answer = await fetch("/api/discrepancies/counts", { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(answer.status);
    const { open, taken, overdue } = await answer.json();
    show(open + taken, overdue);
  } catch {
    link.querySelector(".count")?.remove(); // no figure is better than an old one
  }
}

function show(waiting, overdue) {
  const mark = link.querySelector(".count") ?? link.appendChild(document.createElement("span"));
  mark.className = overdue ? "count late" : "count";
  mark.textContent = waiting ? ` ${waiting}${overdue ? ` (${overdue} ${link.parentElement.dataset.late})` : ""}` : "";
}

if (link) {
  count();
  document.addEventListener("collega:change", () => {
    timer ??= setTimeout(count, Math.max(0, askedAt + BETWEEN_MS - Date.now()));
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) count(); });
}
