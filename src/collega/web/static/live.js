// Hears of changes: through the worker that all tabs share, or on a stream of its own where there is none.
import { stream } from "./stream.js";

export function listen(onMessage) {
  if (typeof SharedWorker !== "function") {
    stream(onMessage);
    return;
  }
  const join = () => {
    const worker = new SharedWorker("/static/live-worker.js", { type: "module", name: "collega-live" });
    worker.port.onmessage = (event) => onMessage(event.data);
    window.addEventListener("pagehide", () => worker.port.postMessage("bye"), { once: true });
  };
  join();
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) join();
  });
}
