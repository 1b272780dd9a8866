// The board by keyboard alone. Each row is entered by the summary of its details.
export function keys(board, { refresh }) {
  const summaries = () => [...board.querySelectorAll("#rows > li summary")];
  const place = () => summaries().findIndex((one) => one.closest("li").contains(document.activeElement));

  function go(to) {
    const all = summaries();
    const target = all[Math.max(0, Math.min(all.length - 1, to))];
    target?.focus();
    target?.closest("li").scrollIntoView({ block: "nearest" });
  }

  const actions = {
    j: () => go(place() + 1),
    ArrowDown: () => go(place() + 1),
    k: () => go(Math.max(0, place() - 1)),
    ArrowUp: () => go(Math.max(0, place() - 1)),
    Home: () => go(0),
    End: () => go(Infinity),
    o: () => summaries()[place()]?.closest("li").querySelector("a.viewer")?.click(),
    r: refresh,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
