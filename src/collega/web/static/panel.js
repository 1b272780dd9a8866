// Reading by keyboard alone: a case of a panel by 1, 2 and 3, a report of a label check by the key of each finding.
const groups = [...document.querySelectorAll(".answers fieldset.asked")];
const form = document.querySelector(".answers form");
const radios = (group) => [...group.querySelectorAll("input[type=radio]")];
const isAnswered = (group) => radios(group).some((one) => one.checked);
let at = Math.max(0, groups.findIndex((group) => !isAnswered(group)));

function mark() {
  groups.forEach((group, index) => group.classList.toggle("current", index === at && !group.dataset.key));
}

function answer(group, index) {
  const one = radios(group)[index];
  if (!one) return;
  one.checked = true;
  at = Math.min(groups.indexOf(group) + 1, groups.length - 1);
  mark();
}

// A finding of a report goes from absent to present, to uncertain, and back.
function turn(group) {
  const all = radios(group);
  const next = { absent: "present", present: "uncertain", uncertain: "absent" }[all.find((one) => one.checked)?.value ?? "absent"];
  all.find((one) => one.value === next).checked = true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("textarea, select, input:not([type=radio])")) return;
  if (document.querySelector("dialog[open]")) return; // the session is locked
  const keyed = groups.find((group) => group.dataset.key === event.key);
  if (keyed) turn(keyed);
  else if (!groups[0]?.dataset.key && "123".includes(event.key)) answer(groups[at], Number(event.key) - 1);
  else if (event.key === "k" && at > 0) { at -= 1; mark(); }
  else if (event.key === "Enter" && !event.target.closest("a, button")) form.requestSubmit();
  else return;
  event.preventDefault();
});

mark();
document.body.dataset.keys = "ready";
