// The count of a survey goes on while the page is open; where the server does not answer, the last count stays.
const EVERY_MS = 5000;
const counts = document.getElementById("counts");

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/surveys/counts", { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("counts");
    if (fresh && fresh.innerHTML !== counts.innerHTML && !counts.contains(document.activeElement)) {
      counts.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // asked again soon
  }
}

if (counts) setInterval(refresh, EVERY_MS);
