// Hears of changes: through the worker that all tabs share, or on a stream of its own where there is none.
export function listen(onMessage) {
  if (typeof SharedWorker === "function") {
    const join = () => {
      const worker = new SharedWorker("/static/live-worker.js", { name: "collega-live" });
      worker.port.onmessage = (event) => onMessage(event.data);
      window.addEventListener("pagehide", () => worker.port.postMessage("bye"), { once: true });
    };
    join();
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) join();
    });
    return;
  }
  alone(onMessage);
}

function alone(onMessage) {
  const source = new EventSource("/api/live");
  for (const kind of ["change", "refresh", "heartbeat", "down"]) {
    source.addEventListener(kind, (event) => onMessage({ kind, data: JSON.parse(event.data) }));
  }
  source.onerror = () => {
    onMessage({ kind: "lost" });
    if (source.readyState === EventSource.CLOSED) setTimeout(() => alone(onMessage), 3000);
  };
}
