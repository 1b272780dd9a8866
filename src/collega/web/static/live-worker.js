// One stream for all tabs of a browser: browsers allow six connections to a host, tabs are many.
const SILENT_MS = 30000;
const AGAIN_MS = 3000;
const ports = new Set();
let source = null;
let heardAt = 0;

function tell(message) {
  for (const port of ports) port.postMessage(message);
}

function heard(kind) {
  return (event) => {
    heardAt = Date.now();
    tell({ kind, heardAt, data: JSON.parse(event.data) });
  };
}

function open() {
  if (source) source.close();
  source = new EventSource("/api/live");
  for (const kind of ["change", "refresh", "heartbeat", "down"]) source.addEventListener(kind, heard(kind));
  source.onerror = () => {
    tell({ kind: "lost", heardAt });
    if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
  };
}

// A connection that died without a word is not noticed by the browser for minutes.
setInterval(() => {
  if (source && Date.now() - heardAt > SILENT_MS) {
    heardAt = Date.now();
    open();
  }
}, 5000);

self.onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = (message) => {
    if (message.data === "bye") ports.delete(port);
  };
  ports.add(port);
  if (!source) open();
};
