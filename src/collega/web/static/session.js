// The session of an open page: what is on it is covered when the session locks, and stays for who unlocks it.
const LOOK_MS = 5000;
const SAY_MS = 20000;
const dialog = document.getElementById("locked");
const form = dialog.querySelector("form");
const word = form.querySelector("input[name=word]");
const wrong = form.querySelector(".fault");
const token = document.querySelector("meta[name=form-token]").content;
const headers = { "X-Form-Token": token, "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" };
let touched = false;
let saidAt = Date.now();

function send(path, body = "") {
  return fetch(path, { method: "POST", headers, body, cache: "no-store" });
}

function show(state) {
  if (state === "ended") {
    document.body.replaceChildren();
    location.assign(`/sign-in?onward=${encodeURIComponent(location.pathname + location.search)}`);
  } else if (state === "locked" && !dialog.open) {
    word.value = "";
    wrong.hidden = true;
    dialog.showModal();
    document.dispatchEvent(new CustomEvent("collega-locked"));
  } else if (state === "open" && dialog.open) {
    dialog.close();
    document.dispatchEvent(new CustomEvent("collega-unlocked"));
  }
}

async function look() {
  try {
    const answer = await fetch("/session/state", { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 401) show("ended");
    else if (answer.ok) show((await answer.json()).state);
  } catch {
    // Without a connection nothing new comes, and the board says so itself.
  }
}

async function say() {
  if (!touched || dialog.open || Date.now() - saidAt < SAY_MS) return;
  touched = false;
  saidAt = Date.now();
  try {
    const answer = await send("/session/active");
    if (answer.status === 401 || answer.status === 423) await look();
  } catch {
    touched = true;
  }
}

for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
  document.addEventListener(kind, () => { touched = true; }, { passive: true });
}
dialog.addEventListener("cancel", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (dialog.open && event.key === "Escape") event.preventDefault();
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await send("/session/unlock", new URLSearchParams({ word: word.value }).toString());
  word.value = "";
  const state = answer.status === 401 || answer.ok ? (await answer.json()).state : "ended";
  wrong.hidden = state !== "locked";
  show(state ?? "ended");
  word.focus();
});
document.getElementById("lock").addEventListener("submit", async (event) => {
  event.preventDefault();
  await send("/session/lock");
  show("locked");
});
setInterval(() => {
  say();
  look();
}, LOOK_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
window.addEventListener("pageshow", (event) => { if (event.persisted) look(); });
