// What other numbers of a case come to, while they are typed. Nothing is stored; only the button saves.
const form = document.getElementById("case");
const place = form.querySelector(".result");
let timer = 0, latest = 0;

function mark() {
  const said = new Map([...place.querySelectorAll("#faults li")].map((one) => [one.dataset.key, one.textContent]));
  for (const set of form.querySelectorAll("fieldset[data-input]")) {
    const fault = said.get(set.dataset.input) || "";
    set.querySelector(".fault").textContent = fault;
    for (const input of set.querySelectorAll(".numbers input[inputmode]"))
      fault ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
  }
}

async function attempt() {
  const number = ++latest;
  try {
    const answer = await fetch(form.dataset.try, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: AbortSignal.timeout(20000) });
    if (!answer.ok) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("result");
    if (number !== latest) return; // typed on meanwhile: a later answer comes
    const open = place.querySelector("details")?.open;
    place.replaceChildren(fresh);
    if (open && place.querySelector("details")) place.querySelector("details").open = true;
    mark();
  } catch {
    // no figure is better than one of other numbers
    if (number === latest) place.textContent = form.dataset.lost;
  }
}

form.addEventListener("input", () => {
  latest++;
  place.classList.add("old");
  clearTimeout(timer);
  timer = setTimeout(() => attempt().finally(() => place.classList.remove("old")), 300);
});
