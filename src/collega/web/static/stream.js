// One stream of server-sent events that comes back by itself, whatever ends it.
const SILENT_MS = 30000;
const LOOK_MS = 5000;
const AGAIN_MS = 3000;
const KINDS = ["change", "refresh", "heartbeat", "down"];

export function stream(tell) {
  let source = null;
  let heardAt = Date.now();

  function open() {
    source?.close();
    source = new EventSource("/api/live");
    for (const kind of KINDS) {
      source.addEventListener(kind, () => {
        heardAt = Date.now();
        tell(kind);
      });
    }
    source.onerror = () => {
      tell("lost");
      if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
    };
  }

  // A connection that died without a word is not noticed by the browser for minutes.
  setInterval(() => {
    if (Date.now() - heardAt > SILENT_MS) {
      heardAt = Date.now();
      open();
    }
  }, LOOK_MS);
  open();
}
