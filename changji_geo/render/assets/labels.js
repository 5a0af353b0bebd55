// Labels without collisions: areas first, then the layers from the top down; a label that finds no room is not shown.

const GAP = 2; // pixels kept free around a label

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
      node.style.fontSize = `${Math.max(11, size * PX).toFixed(1)}px`;
      node.style.color = color;
      node.style.fontWeight = bold ? '700' : '500';
      node.style.textShadow = haloShadow(halo);
      node.style.opacity = layer.shownOpacity;
      feature.labelElement = node;
      pane.append(node);
      view.labels.push({ feature, node, width: 0, height: 0 });
    }
  }
  const rank = (label) => (label.feature.layer.shape === 'area' || label.feature.layer.shape === 'none' ? 0 : 1);
  view.labels.sort((a, b) => rank(a) - rank(b)
    || b.feature.layer.index - a.feature.layer.index
    || (b.feature.size || 0) - (a.feature.size || 0));
}

function haloShadow(color) {
  const near = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1], [1, -1], [-1, 1]];
  return [...near.map(([x, y]) => `${x}px ${y}px 0 ${color}`), `0 0 3px ${color}`, `0 0 4px ${color}`].join(',');
}

function placeLabels(view) {
  const size = view.map.getSize();
  const symbols = symbolBoxes(view);
  const taken = controlBoxes(view);
  for (const label of view.labels) {
    const { feature, node } = label;
    if (!label.width) {
      label.width = node.offsetWidth;
      label.height = node.offsetHeight;
    }
    const box = feature.layer.shown && label.width
      ? roomFor(label, view.map.latLngToContainerPoint(feature.at), size, taken, symbols)
      : null;
    node.classList.toggle('placed', Boolean(box));
    if (!box) continue;
    taken.push(box);
    node.style.textAlign = box.align;
    L.DomUtil.setPosition(node, view.map.containerPointToLayerPoint([box.left, box.top]).round());
  }
}

function roomFor(label, at, size, taken, symbols) {
  const { feature, width, height } = label;
  const inside = (b) => b.left >= 0 && b.top >= 0 && b.right <= size.x && b.bottom <= size.y;
  const free = (b, others) => others.every((o) => o.feature === feature
    || b.right + GAP <= o.left || b.left - GAP >= o.right || b.bottom + GAP <= o.top || b.top - GAP >= o.bottom);
  const boxAt = (left, top, align) => ({ left, top, right: left + width, bottom: top + height, align });
  if (feature.layer.shape === 'point') {
    return besideSymbol(feature, at, width, height, boxAt).find((b) => inside(b) && free(b, taken) && free(b, symbols)) || null;
  }
  const shifts = [0, -0.9, 0.9, -1.7, 1.7, -2.6, 2.6];
  const boxes = shifts.flatMap((dy) => [0, -0.45, 0.45].map((dx) => boxAt(at.x + (dx - 0.5) * width, at.y + (dy - 0.5) * height, 'center')))
    .filter((b) => inside(b) && free(b, taken));
  // A name of an area may lie over a symbol when nothing else is free; the symbol stays visible around the letters.
  return boxes.find((b) => free(b, symbols)) || (feature.layer.shape === 'line' ? null : boxes[0]) || null;
}

function besideSymbol(feature, at, width, height, boxAt) {
  const [left, top, right, bottom] = feature.paths.length ? boxOf(feature) : [0, 0, 0, 0];
  const middle = at.y + (top + bottom) / 2 - height / 2;
  if (right - left > width + 6) return [boxAt(at.x - width / 2, at.y - height / 2, 'center')];
  return [
    boxAt(at.x + right + 3, middle, 'left'),
    boxAt(at.x + left - 3 - width, middle, 'right'),
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
    for (const feature of layer.features) {
      const extent = boxOf(feature);
      for (const position of feature.shape) {
        const p = view.map.latLngToContainerPoint(position);
        boxes.push({ left: p.x + extent[0], top: p.y + extent[1], right: p.x + extent[2], bottom: p.y + extent[3], feature });
      }
    }
  }
  return boxes;
}

function controlBoxes(view) {
  const frame = view.map.getContainer().getBoundingClientRect();
  return [...view.map.getContainer().querySelectorAll('.leaflet-control')].map((node) => {
    const b = node.getBoundingClientRect();
    return { left: b.left - frame.left, top: b.top - frame.top, right: b.right - frame.left, bottom: b.bottom - frame.top };
  }).filter((b) => b.right > b.left);
}
