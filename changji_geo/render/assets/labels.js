// Labels without collisions: values in circles first, then areas, then the layers from the top down, the backdrop last; a
// label that finds no room is not shown.

const GAP = 2; // pixels kept free around a label
const EDGE = 5; // pixels between the name of an area and its edge, where there is room
const SMALL = 40; // an area smaller than this many pixels is kept free of other names, as a symbol is

function addLabels(view) {
  const pane = view.map.createPane('labels');
  pane.style.zIndex = 630;
  pane.classList.add('labels', 'leaflet-zoom-hide');
  view.labels = [];
  for (const layer of view.scene.layers) {
    const [size, color, halo, bold] = layer.labels;
    for (const feature of layer.features) {
      if (!feature.label) continue;
      const node = el('div', { class: 'label', 'aria-hidden': 'true' }, feature.label);
      node.style.fontSize = `${Math.max(12, size * PX).toFixed(1)}px`;
      node.style.color = color;
      node.style.fontWeight = bold ? '700' : '500';
      node.style.textShadow = haloShadow(halo);
      node.style.opacity = layer.shownOpacity;
      feature.labelElement = node;
      pane.append(node);
      view.labels.push({ feature, node, width: 0, height: 0 });
    }
  }
  const rank = ({ feature: { layer } }) => {
    if (isBackdrop(layer)) return 3;
    if (layer.kind === 'proportional') return 0;
    return layer.shape === 'area' || layer.shape === 'none' ? 1 : 2;
  };
  view.labels.sort((a, b) => rank(a) - rank(b)
    || b.feature.layer.index - a.feature.layer.index
    || (b.feature.size || 0) - (a.feature.size || 0));
}

// One area may stand in two layers, one of them of names only.
function keyOf(feature) {
  return `${feature.id} ${feature.name}`;
}

function isBackdrop(layer) {
  return layer.shape === 'area' && !layer.legend && !layer.interactive;
}

function haloShadow(color) {
  const near = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1], [1, -1], [-1, 1]];
  return [...near.map(([x, y]) => `${x}px ${y}px 0 ${color}`), `0 0 3px ${color}`, `0 0 4px ${color}`].join(',');
}

function placeLabels(view) {
  const size = view.map.getSize();
  const symbols = boxIndex(size, symbolBoxes(view));
  const taken = boxIndex(size, controlBoxes(view));
  const outlineOf = outlineFinder(view);
  // All are measured before any is moved: the browser then lays the page out once.
  for (const label of view.labels.filter(({ width }) => !width)) {
    label.width = label.node.offsetWidth;
    label.height = label.node.offsetHeight;
  }
  for (const label of view.labels) {
    const { feature, node } = label;
    const box = feature.layer.shown && !feature.left && label.width ? roomFor(view, label, size, taken, symbols, outlineOf(feature)) : null;
    node.classList.toggle('placed', Boolean(box));
    if (!box) continue;
    taken.add(box);
    node.style.textAlign = box.align;
    L.DomUtil.setPosition(node, view.map.containerPointToLayerPoint([box.left, box.top]).round());
  }
}

// Boxes on the screen by cells of 64 pixels, so that a label is compared with its neighbours only.
function boxIndex(size, boxes) {
  const cells = new Map();
  const each = (b, visit) => {
    const cell = (value, limit) => Math.floor(Math.max(-1, Math.min(value, limit + 1)) / 64);
    for (let i = cell(b.left - GAP, size.x); i <= cell(b.right + GAP, size.x); i += 1) {
      for (let j = cell(b.top - GAP, size.y); j <= cell(b.bottom + GAP, size.y); j += 1) {
        if (visit(i * 10000 + j)) return false;
      }
    }
    return true;
  };
  const add = (b) => each(b, (cell) => {
    if (!cells.has(cell)) cells.set(cell, []);
    cells.get(cell).push(b);
  });
  const isFree = (b, own) => each(b, (cell) => (cells.get(cell) || []).some((o) => !own.includes(o.key)
    && b.right + GAP > o.left && b.left - GAP < o.right && b.bottom + GAP > o.top && b.top - GAP < o.bottom));
  boxes.filter((b) => b.right > 0 && b.bottom > 0 && b.left < size.x && b.top < size.y).forEach(add);
  return { add, isFree };
}

// The drawn outline that a label names: the feature's own, for a layer of labels that of the same feature in a layer shown.
function outlineFinder(view) {
  const drawn = new Map();
  for (const layer of view.scene.layers) {
    if (layer.shape !== 'area' || !layer.shown) continue;
    for (const feature of layer.features) if (!feature.left) drawn.set(keyOf(feature), feature.paths[0]);
  }
  return (feature) => {
    if (feature.layer.shape === 'area') return feature.paths[0];
    return feature.layer.shape === 'none' ? drawn.get(keyOf(feature)) : null;
  };
}

function roomFor(view, label, size, taken, symbols, outline) {
  const { feature, width, height } = label;
  const at = view.map.latLngToContainerPoint(feature.at);
  const boxAt = (left, top, align) => ({ left, top, right: left + width, bottom: top + height, align });
  const around = (x, y) => boxAt(x - width / 2, y - height / 2, 'center');
  const inside = (b) => b.left >= 0 && b.top >= 0 && b.right <= size.x && b.bottom <= size.y;
  const own = [feature, keyOf(feature)]; // what bears one of these does not count: a name may touch its own symbol
  const open = (b) => inside(b) && taken.isFree(b, own) && symbols.isFree(b, own);
  if (feature.layer.shape === 'point') {
    const box = feature.paths.length ? boxOf(feature) : [0, 0, 0, 0];
    return besideSymbol(box, at, width, height, boxAt).find(open) || null;
  }
  const near = [0, -0.9, 0.9, -1.7, 1.7, -2.6, 2.6]
    .flatMap((dy) => [0, -0.45, 0.45].map((dx) => around(at.x + dx * width, at.y + dy * height)));
  const seen = outline && outline._pxBounds ? shownPart(view, outline, size) : null;
  if (seen && seen.right - seen.left < width && seen.bottom - seen.top < 2 * height) {
    // A small area is named like a symbol, beside it.
    const extent = [seen.left - at.x, seen.top - at.y, seen.right - at.x, seen.bottom - at.y];
    const beside = besideSymbol(extent, at, width, height, boxAt).find(open);
    if (beside) return beside;
  } else if (seen) {
    const within = (room) => (b) => open(b) && liesIn(view, outline, b, room)
      && !(isBackdrop(feature.layer) && liesUnder(view, feature.layer, b));
    const places = [...near, ...gridIn(seen, at, width, height, around)];
    const whole = places.find(within(EDGE)) || places.find(within(0));
    if (whole) return whole;
  }
  const boxes = near.filter((b) => inside(b) && taken.isFree(b, own));
  const half = seen ? boxes.filter((b) => symbols.isFree(b, own) && outline._containsPoint(layerPoint(view, middle(b)))) : [];
  if (isBackdrop(feature.layer)) return half.find((b) => testPoints(view, b).filter((p) => outline._containsPoint(p)).length > 1) || null;
  // An area that the screen cuts off has no name rather than one that stands in its neighbour.
  if (seen && seen.cut) return half[0] || null;
  // A name of an area may lie over a symbol when nothing else is free; the symbol stays visible around the letters.
  return half[0] || boxes.find((b) => symbols.isFree(b, own)) || (feature.layer.shape === 'line' ? null : boxes[0]) || null;
}

function middle(box) {
  return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
}

function layerPoint(view, [x, y]) {
  return view.map.containerPointToLayerPoint([x, y]);
}

// The part of an outline's box that is on the screen, or null.
function shownPart(view, outline, size) {
  const min = view.map.layerPointToContainerPoint(outline._pxBounds.min);
  const max = view.map.layerPointToContainerPoint(outline._pxBounds.max);
  const part = { left: Math.max(0, min.x), top: Math.max(0, min.y), right: Math.min(size.x, max.x), bottom: Math.min(size.y, max.y) };
  part.cut = min.x < 0 || min.y < 0 || max.x > size.x || max.y > size.y;
  return part.left < part.right && part.top < part.bottom ? part : null;
}

// Positions over the shown part, the nearest to the anchor first.
function gridIn(part, at, width, height, around) {
  const out = [];
  const columns = Math.min(16, Math.floor((part.right - part.left) / (width / 4)));
  const rows = Math.min(16, Math.floor((part.bottom - part.top) / (height * 1.2)));
  for (let i = 0; i < columns; i += 1) {
    for (let j = 0; j < rows; j += 1) {
      out.push(around(part.left + ((i + 0.5) * (part.right - part.left)) / columns, part.top + ((j + 0.5) * (part.bottom - part.top)) / rows));
    }
  }
  const far = (b) => Math.hypot(middle(b)[0] - at.x, middle(b)[1] - at.y);
  return out.sort((a, b) => far(a) - far(b));
}

function testPoints(view, box, room = 0) {
  const [x, y] = middle(box);
  const [left, top, right, bottom] = [box.left - room, box.top - room, box.right + room, box.bottom + room];
  return [[x, y], [left, top], [right, top], [left, bottom], [right, bottom], [x, top], [x, bottom]]
    .map((at) => layerPoint(view, at));
}

function liesIn(view, outline, box, room) {
  return testPoints(view, box, room).every((at) => outline._containsPoint(at));
}

// Whether an area of the map's subject covers part of the box.
function liesUnder(view, layer, box) {
  const points = testPoints(view, box);
  const extent = L.bounds(points);
  return view.scene.layers.some((other) => other.index > layer.index && other.shown && other.shape === 'area' && !isBackdrop(other)
    && other.features.some((feature) => !feature.left && feature.paths.some((path) => path._pxBounds && path._pxBounds.intersects(extent)
      && points.some((at) => path._containsPoint(at)))));
}

// `extent`: what the symbol covers around its position.
function besideSymbol([left, top, right, bottom], at, width, height, boxAt) {
  const level = at.y + (top + bottom) / 2 - height / 2;
  if (right - left > width + 6) return [boxAt(at.x - width / 2, at.y - height / 2, 'center')];
  return [
    boxAt(at.x + right + 3, level, 'left'),
    boxAt(at.x + left - 3 - width, level, 'right'),
    boxAt(at.x - width / 2, at.y + top - 2 - height, 'center'),
    boxAt(at.x - width / 2, at.y + bottom + 2, 'center'),
    boxAt(at.x + right, at.y + top - height + 2, 'left'),
    boxAt(at.x + right, at.y + bottom - 2, 'left'),
    boxAt(at.x + left - width, at.y + top - height + 2, 'right'),
    boxAt(at.x + left - width, at.y + bottom - 2, 'right'),
  ];
}

function symbolBoxes(view) {
  const boxes = [];
  for (const layer of view.scene.layers) {
    if (!layer.shown || layer.shape !== 'point') continue;
    for (const feature of layer.features.filter((one) => !one.left)) {
      const extent = boxOf(feature);
      for (const position of feature.shape) {
        const p = view.map.latLngToContainerPoint(position);
        boxes.push({ left: p.x + extent[0], top: p.y + extent[1], right: p.x + extent[2], bottom: p.y + extent[3], key: feature });
      }
    }
  }
  for (const layer of view.scene.layers) {
    if (!layer.shown || layer.shape !== 'area' || isBackdrop(layer)) continue;
    for (const feature of layer.features.filter((one) => !one.left)) {
      const [{ _pxBounds: extent }] = feature.paths;
      if (!extent || !extent.isValid() || Math.max(...Object.values(extent.getSize())) > SMALL) continue;
      const min = view.map.layerPointToContainerPoint(extent.min);
      const max = view.map.layerPointToContainerPoint(extent.max);
      boxes.push({ left: min.x, top: min.y, right: max.x, bottom: max.y, key: keyOf(feature) });
    }
  }
  return boxes;
}

function controlBoxes(view) {
  const frame = view.map.getContainer().getBoundingClientRect();
  return [...view.map.getContainer().querySelectorAll('.leaflet-control, .degree')].map((node) => {
    const b = node.getBoundingClientRect();
    return { left: b.left - frame.left, top: b.top - frame.top, right: b.right - frame.left, bottom: b.bottom - frame.top };
  }).filter((b) => b.right > b.left);
}
