// The groups of the menu: one that is open closes by Escape, by a click beside it, and when the keyboard goes on.
const groups = [...document.querySelectorAll(".top details.group")];

const close = (except) => { for (const group of groups) if (group !== except) group.open = false; };

document.addEventListener("keydown", (event) => {
  const open = groups.find((group) => group.open);
  if (event.key !== "Escape" || !open) return;
  const isInside = open.contains(document.activeElement);
  close();
  if (isInside) open.querySelector("summary").focus(); // else it would be lost with what it stood on
  event.stopPropagation();
}, true);

document.addEventListener("click", (event) => close(event.target.closest(".top details.group")));

for (const group of groups) {
  group.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !group.contains(event.relatedTarget)) group.open = false;
  });
}
