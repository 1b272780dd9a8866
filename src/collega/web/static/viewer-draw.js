// Drawing of one frame: stored values through a window into grey, and what apps point at above it.
export function decode(header, buffer) {
  const kinds = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, rgb: Uint8Array };
  return { ...header, values: new kinds[header.kind](buffer) };
}

// A table for each possible value: 65,536 entries are made sooner than a large film is gone through.
function table(frame, center, width) {
  const size = frame.kind === "uint8" ? 256 : 65536;
  const signed = frame.kind === "int16";
  const grey = new Uint8ClampedArray(size);
  for (let index = 0; index < size; index++) {
    const stored = signed && index > 32767 ? index - 65536 : index;
    const value = stored * frame.slope + frame.intercept;
    const level = ((value - (center - 0.5)) / Math.max(width - 1, 1e-6) + 0.5) * 255; // PS3.3 C.11.2.1.2.1
    grey[index] = frame.inverted ? 255 - level : level;
  }
  return grey;
}

export function paint(context, frame, center, width) {
  const image = new ImageData(frame.columns, frame.rows);
  const out = new Uint32Array(image.data.buffer);
  const { values } = frame;
  if (frame.kind === "rgb") {
    for (let at = 0, from = 0; at < out.length; at++, from += 3) {
      out[at] = 0xff000000 | (values[from + 2] << 16) | (values[from + 1] << 8) | values[from];
    }
  } else {
    const grey = table(frame, center, width);
    const mask = grey.length - 1;
    for (let at = 0; at < out.length; at++) {
      const level = grey[values[at] & mask];
      out[at] = 0xff000000 | (level << 16) | (level << 8) | level;
    }
  }
  context.canvas.width = frame.columns;
  context.canvas.height = frame.rows;
  context.putImageData(image, 0, 0);
}

const [AI, STATE] = ["#ffb655", "#7fe3ff"]; // findings of apps, presentation states

// In the pixels of the screen, so that lines and letters stay sharp at any zoom.
export function drawOverlays(context, stage, { scale, left, top, frame }, overlays) {
  const dense = window.devicePixelRatio || 1;
  context.canvas.width = stage.clientWidth * dense;
  context.canvas.height = stage.clientHeight * dense;
  context.canvas.style.width = `${stage.clientWidth}px`;
  context.canvas.style.height = `${stage.clientHeight}px`;
  context.setTransform(scale * dense, 0, 0, scale * dense, left * dense, top * dense);
  context.lineWidth = 2 / scale;
  const layers = [...overlays].sort((one, other) => (other.shape === "heat") - (one.shape === "heat")); // colours below lines
  for (const one of layers) {
    context.strokeStyle = context.fillStyle = ink(one);
    if (one.shape === "heat") context.drawImage(one.loaded, ...one.place);
    else if (one.shape === "graphics") for (const item of one.items) graphic(context, item, scale, frame);
    else if (one.shape === "mask") edge(context, one.edge);
    else outline(context, one, scale);
  }
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.font = "600 14px system-ui, sans-serif";
  context.lineWidth = 1;
  context.fillStyle = context.strokeStyle = STATE;
  for (const item of layers.flatMap((one) => (one.items ?? []).filter(({ type }) => type === "text"))) {
    const [[column, row], anchor] = item.points;
    const [x, y] = [left + column * scale, top + row * scale];
    context.fillText(item.text, x, y + 12);
    if (!anchor) continue;
    context.beginPath();
    context.moveTo(x, y + 12);
    context.lineTo(left + anchor[0] * scale, top + anchor[1] * scale);
    context.stroke();
  }
  context.shadowColor = "#000";
  context.shadowBlur = 4;
  const named = new Set();
  for (const one of overlays) {
    if (named.has(one.name)) continue;
    named.add(one.name);
    context.fillStyle = ink(one);
    const [column, row] = corner(one);
    const width = context.measureText(one.name).width;
    const x = Math.max(4, Math.min(left + column * scale, stage.clientWidth - width - 4));
    context.fillText(one.name, x, Math.max(16, top + row * scale - 8));
  }
}

const ink = (one) => (one.shape === "graphics" ? STATE : AI);

function corner(one) {
  if (one.shape === "mask") return [one.edge.column, one.edge.row];
  if (one.shape === "heat") return one.place;
  const points = one.points ?? one.items.filter(({ type }) => type !== "text").flatMap((item) => item.points);
  return points[0] ?? [0, 0];
}

function graphic(context, { type, points, filled }, scale, frame) {
  context.beginPath();
  if (type === "point") {
    context.arc(...points[0], 5 / scale, 0, 2 * Math.PI);
  } else {
    points.forEach(([column, row], index) => context[index ? "lineTo" : "moveTo"](column, row));
    if (type === "closed" || type === "shutter") context.closePath();
  }
  if (type === "shutter") {
    context.rect(0, 0, frame.columns, frame.rows);
    context.save();
    context.fillStyle = "#000";
    context.fill("evenodd");
    context.restore();
  } else if (type !== "text") {
    context.stroke();
    if (!filled) return;
    context.globalAlpha = 0.35;
    context.fill();
    context.globalAlpha = 1;
  }
}

function edge(context, { row, column, rows, columns, bits }) {
  const bytes = Uint8Array.from(atob(bits), (letter) => letter.charCodeAt(0));
  const wide = Math.ceil(columns / 8);
  for (let line = 0; line < rows; line++) {
    for (let at = 0; at < columns; at++) {
      if (bytes[line * wide + (at >> 3)] & (0x80 >> (at & 7))) context.fillRect(column + at, row + line, 1, 1);
    }
  }
}

function outline(context, { shape, points }, scale) {
  context.beginPath();
  if (shape === "point") {
    const [[column, row]] = points;
    context.arc(column, row, 8 / scale, 0, 2 * Math.PI);
  } else if (shape === "box") {
    const [[left, top], [right, bottom]] = points;
    context.rect(Math.min(left, right), Math.min(top, bottom), Math.abs(right - left), Math.abs(bottom - top));
  } else {
    points.forEach(([column, row], index) => context[index ? "lineTo" : "moveTo"](column, row));
    context.closePath();
  }
  context.stroke();
}
