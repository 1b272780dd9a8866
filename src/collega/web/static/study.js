// The study page by keyboard alone: opinions by one key, text for the report, nothing that reloads under a reader's hands.
const page = document.querySelector(".study-page");
const said = document.getElementById("said");
const reader = document.getElementById("reader");

const findings = () => [...document.querySelectorAll(".finding")].filter((one) => one.checkVisibility()); // not what is folded away
const current = () => document.activeElement?.closest?.(".finding");

function go(step) {
  const all = findings();
  if (!all.length) return;
  const at = all.indexOf(current());
  const to = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
  to.focus();
  to.scrollIntoView({ block: "nearest" });
}

// Who has signed in need not say who reads.
function name() {
  if (!reader) return;
  for (const field of document.querySelectorAll(".reader-name")) field.value = reader.value.trim();
}

function isNamed() {
  name();
  if (!reader || reader.value.trim()) return true;
  reader.focus();
  reader.setAttribute("aria-invalid", "true");
  return false;
}

reader?.addEventListener("input", name);

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.closest(".study-page")) return;
  event.preventDefault();
  if (!isNamed()) return;
  const sent = new URLSearchParams(new FormData(form, event.submitter));
  const place = form.closest("[id]")?.id;
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent, signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail || answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".study-page");
    for (const one of fresh.querySelectorAll(".card[id]")) document.getElementById(one.id)?.replaceWith(one);
    const back = document.getElementById(place);
    if (back && !back.hasAttribute("tabindex")) back.setAttribute("tabindex", "-1");
    back?.focus();
    said.textContent = "";
  } catch (error) {
    said.textContent = error.message;
    said.classList.add("wrong");
  }
});

// A cause or a remark that comes after the opinion goes with it: a new version of the same.
document.addEventListener("change", (event) => {
  if (event.target.closest(".why")) event.target.form.querySelector('button[aria-pressed="true"]')?.click();
});

async function copy(finding) {
  const text = finding?.querySelector(".report-text")?.textContent;
  if (!text) return;
  const told = finding.querySelector(".text [role=status]");
  try {
    await navigator.clipboard.writeText(text);
    told.textContent = page.dataset.copied;
  } catch { // a page without a secure context may not: the text is selected instead
    const range = document.createRange();
    range.selectNodeContents(finding.querySelector(".report-text"));
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".copy")) copy(event.target.closest(".finding"));
});

function because(number) {
  const cause = current()?.querySelector(".why:not([hidden]) select[name=cause]");
  if (!cause || number >= cause.options.length) return;
  cause.selectedIndex = number;
  cause.dispatchEvent(new Event("change", { bubbles: true }));
}

const give = (opinion) => current()?.querySelector(`button[value="${opinion}"]`)?.click();
const actions = {
  j: () => go(1),
  k: () => go(-1),
  a: () => give("agree"),
  d: () => give("disagree"),
  u: () => give("unsure"),
  c: () => copy(current()),
  o: () => document.getElementById("viewer")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  if (document.querySelector("dialog[open]")) return; // the session is locked
  const action = actions[event.key] ?? (/^[1-9]$/.test(event.key) && (() => because(Number(event.key))));
  if (!action) return;
  event.preventDefault();
  action();
});
