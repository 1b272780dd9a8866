// One stream for all tabs of a browser: browsers allow six connections to a host, tabs are many.
import { stream } from "./stream.js";

const ports = new Set();

self.onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = (message) => {
    if (message.data === "bye") ports.delete(port);
  };
  ports.add(port);
};

stream((kind) => {
  for (const port of ports) port.postMessage(kind);
});
